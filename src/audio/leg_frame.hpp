#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audio_stream::audio {

/// The result of one read of a media bug: some milliseconds of one leg of a call, with its codec's
/// channels interleaved. A view: it owns nothing and is valid only during the call that it is
/// passed to.
struct LegFrame {
  std::span<const std::int16_t> samples;
  std::uint32_t rate_hz = 8000;  ///< the actual rate of the samples
  std::uint8_t channels = 1;     ///< of the call's codec, 1 or 2

  /// Samples per channel.
  [[nodiscard]] std::size_t length() const noexcept { return samples.size() / channels; }
  /// The length at another rate; 0 if this frame's rate is 0.
  [[nodiscard]] std::size_t length_at(std::uint32_t other_hz) const noexcept {
    return rate_hz == 0 ? 0 : length() * other_hz / rate_hz;
  }
};

}  // namespace audio_stream::audio
