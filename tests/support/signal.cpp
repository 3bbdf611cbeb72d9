#include "support/signal.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <stdexcept>
#include <utility>

namespace test {
namespace {

constexpr double full_scale = 32767.0;

double amplitude_of(double level_dbfs) {
  return full_scale * std::pow(10.0, level_dbfs / 20.0);
}

double level_of(double amplitude) {
  if (amplitude <= 0.0) return no_level;
  return std::max(no_level, 20.0 * std::log10(amplitude / full_scale));
}

std::int16_t rounded(double value) {
  return static_cast<std::int16_t>(std::lround(std::clamp(value, -32768.0, 32767.0)));
}

/// The correlation of the overlapping parts, normalised by their energy.
double likeness(std::span<const std::int16_t> reference, std::span<const std::int16_t> signal) {
  const std::size_t count = std::min(reference.size(), signal.size());
  double product = 0.0;
  double reference_energy = 0.0;
  double signal_energy = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const double left = reference[i];
    const double right = signal[i];
    product += left * right;
    reference_energy += left * left;
    signal_energy += right * right;
  }
  const double energy = std::sqrt(reference_energy * signal_energy);
  return energy > 0.0 ? product / energy : 0.0;
}

}  // namespace

Samples tone(const Tone& tone, std::uint32_t rate_hz, std::size_t count) {
  const double amplitude = amplitude_of(tone.level_dbfs);
  const double step = 2.0 * std::numbers::pi * tone.hz / rate_hz;
  Samples samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = rounded(amplitude * std::sin(tone.phase_radians + step * static_cast<double>(i)));
  }
  return samples;
}

Samples noise(std::uint32_t seed, double level_dbfs, std::size_t count) {
  // The RMS of a sine is amplitude / sqrt(2), that of a uniform distribution amplitude / sqrt(3).
  const double amplitude = amplitude_of(level_dbfs) * std::sqrt(1.5);
  std::mt19937 engine{seed};
  Samples samples(count);
  for (std::int16_t& sample : samples) {
    const double uniform = static_cast<double>(engine()) / static_cast<double>(std::mt19937::max());
    sample = rounded(amplitude * (2.0 * uniform - 1.0));
  }
  return samples;
}

double level_at(double hz, std::span<const std::int16_t> samples, std::uint32_t rate_hz) {
  if (samples.empty()) return no_level;
  const double step = 2.0 * std::numbers::pi * hz / rate_hz;
  const double coefficient = 2.0 * std::cos(step);
  const double window_step = 2.0 * std::numbers::pi / static_cast<double>(samples.size());
  double previous = 0.0;
  double before_previous = 0.0;
  double window_sum = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double window = 0.5 - 0.5 * std::cos(window_step * static_cast<double>(i));
    const double current = window * samples[i] + coefficient * previous - before_previous;
    before_previous = std::exchange(previous, current);
    window_sum += window;
  }
  const double power = previous * previous + before_previous * before_previous -
                       coefficient * previous * before_previous;
  return window_sum > 0.0 ? level_of(2.0 * std::sqrt(std::max(0.0, power)) / window_sum) : no_level;
}

double rms_level(std::span<const std::int16_t> samples) {
  if (samples.empty()) return no_level;
  double energy = 0.0;
  for (const double sample : samples) energy += sample * sample;
  return level_of(std::sqrt(2.0 * energy / static_cast<double>(samples.size())));
}

Samples channel(std::span<const std::int16_t> interleaved, std::size_t channels,
                std::size_t index) {
  Samples samples;
  samples.reserve(interleaved.size() / channels);
  for (std::size_t i = index; i < interleaved.size(); i += channels) {
    samples.push_back(interleaved[i]);
  }
  return samples;
}

Samples interleave(const std::vector<Samples>& channels) {
  Samples samples;
  for (std::size_t i = 0; !channels.empty() && i < channels.front().size(); ++i) {
    for (const Samples& one : channels) samples.push_back(one.at(i));
  }
  return samples;
}

Samples to_samples(std::span<const std::uint8_t> bytes) {
  if (bytes.size() % 2 != 0) throw std::invalid_argument("L16 has two bytes a sample");
  Samples samples(bytes.size() / 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
  }
  return samples;
}

Bytes to_bytes(std::span<const std::int16_t> samples) {
  Bytes bytes;
  bytes.reserve(samples.size() * 2);
  for (const std::int16_t sample : samples) {
    const auto value = static_cast<std::uint16_t>(sample);
    bytes.push_back(static_cast<std::uint8_t>(value & 255U));
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  return bytes;
}

Offset correlation_offset(std::span<const std::int16_t> reference,
                          std::span<const std::int16_t> signal, std::size_t most_samples) {
  Offset best{0, likeness(reference, signal)};
  const auto consider = [&best](std::ptrdiff_t samples, double value) {
    if (value > best.likeness) best = {samples, value};
  };
  for (std::size_t lag = 1; lag <= most_samples; ++lag) {
    const auto distance = static_cast<std::ptrdiff_t>(lag);
    if (lag < signal.size()) consider(distance, likeness(reference, signal.subspan(lag)));
    if (lag < reference.size()) consider(-distance, likeness(reference.subspan(lag), signal));
  }
  return best;
}

}  // namespace test
