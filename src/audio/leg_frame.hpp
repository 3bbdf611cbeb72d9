#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audio_stream::audio {

/// What a media bug yields in one read: some milliseconds of one leg of a call, the channels of its
/// codec interleaved. A view: it owns nothing and is valid only for the call it is passed to.
struct LegFrame {
  std::span<const std::int16_t> samples;
  std::uint32_t rate_hz = 8000;  ///< the rate the samples really have
  std::uint8_t channels = 1;     ///< of the call's codec, 1 or 2

  /// Samples per channel.
  [[nodiscard]] std::size_t length() const noexcept { return samples.size() / channels; }
  /// The same at another rate; 0 if this frame's own rate is none.
  [[nodiscard]] std::size_t length_at(std::uint32_t other_hz) const noexcept {
    return rate_hz == 0 ? 0 : length() * other_hz / rate_hz;
  }
};

}  // namespace audio_stream::audio
