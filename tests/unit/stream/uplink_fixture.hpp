#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "audio/packet_pool.hpp"
#include "stream/counters.hpp"
#include "stream/uplink.hpp"

namespace audio_stream::stream::test {

using Samples = std::vector<std::int16_t>;

/// An uplink with a pool of its own.
struct Rig {
  Rig(const Uplink::Shape& shape, std::uint32_t call_rate_hz,
      std::size_t pool_bytes = std::size_t{1} << 24U)
      : pool{Uplink::packet_samples(shape), pool_bytes} {
    auto made = Uplink::create(shape, call_rate_hz, pool, counters);
    EXPECT_TRUE(made) << made.error();
    uplink = std::move(*made);
  }

  bool write(std::span<const std::int16_t> samples, std::uint32_t rate_hz, std::uint8_t legs = 1,
             std::uint8_t channels = 1) const {
    const bool ready = uplink->write({samples, rate_hz, legs, channels});
    if (ready) uplink->replenish();  // as the I/O thread does when it is told
    return ready;
  }

  /// As many milliseconds of `value` in frames of 20 ms, one leg.
  void write_ms(std::uint32_t ms, std::uint32_t rate_hz, std::int16_t value = 1) const {
    const Samples frame(rate_hz / 50, value);
    for (std::uint32_t written = 0; written < ms; written += 20) write(frame, rate_hz);
  }

  /// The lengths of the packets that are ready, all channels; their audio is added to `audio`.
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
