#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

/// The formats of the module's audio: frames of a call are mixed, resampled and cut into packets.
/// All audio is linear PCM: signed 16-bit samples in host order, interleaved by channel.
namespace audio_stream::audio {

/// Which legs of a call a stream carries, and in which channels.
enum class Mix : std::uint8_t {
  mono,    ///< the caller only
  mixed,   ///< caller and callee summed into one channel, saturating
  stereo,  ///< the caller left, the audio that the caller hears right
};

/// The format of a stream's audio on the wire.
struct Format {
  std::uint32_t rate_hz = 8000;
  std::uint8_t channels = 1;  ///< 1 or 2

  friend bool operator==(const Format&, const Format&) = default;
};

constexpr std::uint8_t channel_count(Mix mix) {
  return mix == Mix::stereo ? 2 : 1;
}

/// The output rates a stream may ask for, in Hz.
inline constexpr std::array<std::uint32_t, 9> kRates{8000,  11025, 12000, 16000, 22050,
                                                     24000, 32000, 44100, 48000};

constexpr bool is_rate(std::uint32_t rate_hz) {
  return std::find(kRates.begin(), kRates.end(), rate_hz) != kRates.end();
}

}  // namespace audio_stream::audio
