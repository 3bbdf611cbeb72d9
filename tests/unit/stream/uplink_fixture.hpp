#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "audio/packet_pool.hpp"
#include "stream/counters.hpp"
#include "stream/uplink.hpp"

namespace audio_stream::stream::test {

using Samples = std::vector<std::int16_t>;

/// Returns these frames, then nothing: the frames of one tick.
inline auto frames(std::initializer_list<audio::LegFrame> list) {
  return [list, next = list.begin()]() mutable -> std::optional<audio::LegFrame> {
    if (next == list.end()) return std::nullopt;
    return *next++;
  };
}

/// An uplink with its own pool. The test drives its call unless it asks for real time.
struct Rig {
  Rig(Uplink::Shape shape, std::uint32_t call_rate_hz,
      std::size_t pool_bytes = std::size_t{1} << 24U, bool real_time = false)
      : pool{Uplink::packet_samples(shape), pool_bytes} {
    shape.real_time = real_time;
    auto made = Uplink::create(shape, call_rate_hz, pool, counters);
    EXPECT_TRUE(made) << made.error();
    uplink = std::move(*made);
  }

  bool write(std::span<const std::int16_t> samples, std::uint32_t rate_hz,
             std::uint8_t channels = 1) const {
    return tick(samples, rate_hz, channels);
  }
  /// Both legs, interleaved.
  bool write_legs(std::span<const std::int16_t> both, std::uint32_t rate_hz) const {
    Samples said;
    Samples heard;
    for (std::size_t i = 0; i < both.size(); i += 2) {
      said.push_back(both[i]);
      heard.push_back(both[i + 1]);
    }
    uplink->hear({heard, rate_hz, 1}, {});
    return tick(said, rate_hz, 1);
  }
  bool tick(std::span<const std::int16_t> said, std::uint32_t rate_hz, std::uint8_t channels,
            Uplink::Time now = {}) const {
    const bool ready = uplink->tick(now, frames({{said, rate_hz, channels}}));
    if (ready) uplink->replenish();  // as the I/O thread does when notified
    return ready;
  }

  /// `ms` milliseconds of `value` in frames of 20 ms, one leg.
  void write_ms(std::uint32_t ms, std::uint32_t rate_hz, std::int16_t value = 1) const {
    const Samples frame(rate_hz / 50, value);
    for (std::uint32_t written = 0; written < ms; written += 20) write(frame, rate_hz);
  }

  /// The lengths of the packets that are ready, all channels. Appends their audio to `audio`.
  std::vector<std::size_t> drain() {
    std::vector<std::size_t> sizes;
    while (const auto packet = uplink->pop()) {
      sizes.push_back(packet->size());
      positions.push_back(packet->position);
      audio.insert(audio.end(), packet->audio().begin(), packet->audio().end());
    }
    return sizes;
  }

  audio::PacketPool pool;
  Counters counters;
  std::unique_ptr<Uplink> uplink;
  Samples audio;
  std::vector<std::uint64_t> positions;
};

}  // namespace audio_stream::stream::test
