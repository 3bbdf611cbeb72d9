#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

/// Tones, and measuring them.
namespace audio_stream::audio::test {

inline constexpr std::size_t kFrame = 160;  ///< samples: 20 ms at 8 kHz

inline std::vector<std::int16_t> tone(double hz, std::uint32_t rate_hz, std::size_t samples,
                                      double amplitude = 16000.0) {
  std::vector<std::int16_t> out(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double phase = 2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz;
    out[i] = static_cast<std::int16_t>(std::lround(amplitude * std::sin(phase)));
  }
  return out;
}

/// Amplitude of the component at `hz`: one bin of a DFT with a Blackman-Harris window, whose side
/// lobes are 92 dB down, so that a strong tone elsewhere does not leak in.
inline double amplitude_at(double hz, std::uint32_t rate_hz, std::span<const std::int16_t> audio) {
  double real = 0;
  double imaginary = 0;
  double gain = 0;
  const auto length = static_cast<double>(audio.size());
  for (std::size_t i = 0; i < audio.size(); ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i) / length;
    const double window = 0.35875 - 0.48829 * std::cos(turn) + 0.14128 * std::cos(2 * turn) -
                          0.01168 * std::cos(3 * turn);
    const double phase = 2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz;
    real += window * audio[i] * std::cos(phase);
    imaginary += window * audio[i] * std::sin(phase);
    gain += window;
  }
  return 2 * std::hypot(real, imaginary) / gain;
}

inline double decibels(double ratio) {
  return 20 * std::log10(ratio);
}

/// The strongest frequency from `low` to `high`, to 1 Hz.
inline double strongest(std::span<const std::int16_t> audio, std::uint32_t rate_hz, int low,
                        int high) {
  int best = low;
  double most = 0;
  for (int hz = low; hz <= high; ++hz) {
    const double level = amplitude_at(hz, rate_hz, audio);
    if (level > most) {
      most = level;
      best = hz;
    }
  }
  return best;
}

}  // namespace audio_stream::audio::test
