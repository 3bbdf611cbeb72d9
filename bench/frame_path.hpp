// The path of a frame from the bug's samples through the queue, as the media and I/O threads run
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "audio/packet_pool.hpp"
#include "stream/counters.hpp"
#include "stream/uplink.hpp"

namespace bench {

inline std::vector<std::int16_t> noise(std::size_t samples) {
  std::vector<std::int16_t> out(samples);
  std::uint32_t state = 1;
  for (auto& sample : out) {
    state = state * 1664525U + 1013904223U;
    sample = static_cast<std::int16_t>(state >> 18U);
  }
  return out;
}

class FramePath {
 public:
  static constexpr std::uint32_t kPtimeMs = 20;

  FramePath(audio_stream::audio::Mix mix, std::uint32_t call_hz, std::uint32_t stream_hz)
      : shape_{mix, stream_hz, kPtimeMs, 2000},
        samples_{noise(std::size_t{call_hz} * kPtimeMs / 1000)},
        frame_{samples_, call_hz, 1},
        uplink_{*Uplink::create(shape_, call_hz, pool_, counters_)} {}

  /// Passes a frame in and takes its packet out at once. Returns the packet's samples of all
  /// channels.
  std::size_t pass() {
    now_ += std::chrono::milliseconds{kPtimeMs};
    if (shape_.mix != audio_stream::audio::Mix::mono) uplink_->hear(frame_, {});
    bool given = false;
    uplink_->tick(now_, [&]() -> std::optional<audio_stream::audio::LegFrame> {
      if (std::exchange(given, true)) return std::nullopt;
      return frame_;
    });
    auto packet = uplink_->pop();
    if (!packet) return 0;
    const std::size_t samples = packet->size();
    uplink_->recycle(std::move(packet));
    return samples;
  }

 private:
  using Uplink = audio_stream::stream::Uplink;
  static constexpr std::size_t kPoolBytes = std::size_t{64} * 1024 * 1024;

  Uplink::Shape shape_;
  std::vector<std::int16_t> samples_;
  audio_stream::audio::LegFrame frame_;
  audio_stream::audio::PacketPool pool_{Uplink::packet_samples(shape_), kPoolBytes};
  audio_stream::stream::Counters counters_;
  std::unique_ptr<Uplink> uplink_;
  Uplink::Time now_{};
};

}  // namespace bench
