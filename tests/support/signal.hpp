#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "support/base64.hpp"

/// Signals of 16-bit linear PCM. Levels are in dBFS: a sine of amplitude 32767 has 0 dBFS. Silence
/// has no_level.
namespace test {

using Samples = std::vector<std::int16_t>;

inline constexpr double no_level = -200.0;

struct Tone {
  double hz = 1000.0;
  double level_dbfs = -6.0;
  double phase_radians = 0.0;
};

/// One channel of a sine.
Samples tone(const Tone& tone, std::uint32_t rate_hz, std::size_t count);

/// White noise, the same for the same seed on every machine. The level is its RMS.
Samples noise(std::uint32_t seed, double level_dbfs, std::size_t count);

/// The level of this frequency within one channel (Goertzel's algorithm with a Hann window: other
/// frequencies are suppressed if at least 2 * rate / size away).
double level_at(double hz, std::span<const std::int16_t> samples, std::uint32_t rate_hz);

/// The level of a sine with this RMS.
double rms_level(std::span<const std::int16_t> samples);

/// One channel (0, 1...) of interleaved samples.
Samples channel(std::span<const std::int16_t> interleaved, std::size_t channels, std::size_t index);

/// The opposite: all channels of the same length.
Samples interleave(const std::vector<Samples>& channels);

/// Samples of little-endian bytes, as in L16 messages. An odd last byte throws
/// std::invalid_argument.
Samples to_samples(std::span<const std::uint8_t> bytes);
Bytes to_bytes(std::span<const std::int16_t> samples);

struct Offset {
  std::ptrdiff_t samples = 0;  ///< delay of the signal against the reference; may be negative
  double likeness = 0.0;       ///< normalised correlation there, -1 to 1
};

/// The offset at which the signal is most like the reference, up to `most_samples` in both
/// directions. Takes time in proportion to size * most_samples. A periodic signal has several such
/// offsets: use noise.
Offset correlation_offset(std::span<const std::int16_t> reference,
                          std::span<const std::int16_t> signal, std::size_t most_samples);

}  // namespace test
