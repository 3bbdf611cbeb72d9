#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <tl/expected.hpp>

struct SpeexResamplerState_;

namespace audio_stream::audio {

/// Brings interleaved audio from one rate to another (speexdsp, quality 4: flat to 3.4 kHz, images
/// below -80 dB). Where the rates match it copies, without delay and bit by bit.
///
/// Used by one thread at a time. process() allocates nothing; only
/// set_input_rate(), which a codec change in mid-call brings about, may.
class Resampler {
 public:
  struct Progress {
    std::size_t consumed;  ///< samples per channel taken from the input
    std::size_t produced;  ///< samples per channel written to the output
  };

  static tl::expected<Resampler, std::string> create(std::uint8_t channels, std::uint32_t input_hz,
                                                     std::uint32_t output_hz);

  /// The rates match: process() only copies.
  [[nodiscard]] bool is_transparent() const noexcept { return !state_; }

  [[nodiscard]] std::uint32_t input_hz() const noexcept { return input_hz_; }

  /// Samples per channel of input that are under way inside, not yet put out.
  [[nodiscard]] std::size_t delay() const noexcept;

  /// False if the resampler can't work with that rate; it then goes on with the former one.
  bool set_input_rate(std::uint32_t input_hz) noexcept;

  /// Forgets what went before, and leaves out the silence with which the filter would begin: the
  /// first sample that comes out is the first that goes in.
  void restart() noexcept;

  /// Converts as much of `in` as `out` has room for. Whatever was not consumed is to be offered
  /// again.
  Progress process(std::span<const std::int16_t> in, std::span<std::int16_t> out) noexcept;

 private:
  struct Destroy {
    void operator()(SpeexResamplerState_* state) const noexcept;
  };

  Resampler(std::uint8_t channels, std::uint32_t input_hz, std::uint32_t output_hz)
      : channels_{channels}, input_hz_{input_hz}, output_hz_{output_hz} {}
  bool prepare(std::uint32_t input_hz);

  std::unique_ptr<SpeexResamplerState_, Destroy> state_;  // none while the rates match
  std::uint8_t channels_;
  std::uint32_t input_hz_;
  std::uint32_t output_hz_;
};

}  // namespace audio_stream::audio
