#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <tl/expected.hpp>

struct SpeexResamplerState_;

namespace audio_stream::audio {

/// Converts interleaved audio from one rate to another (speexdsp, quality 4: flat to 3.4 kHz,
/// images below -80 dB). If the rates match it copies bit by bit without delay.
///
/// One thread at a time. process() allocates nothing. set_input_rate() may; a codec change during a
/// call causes it.
class Resampler {
 public:
  struct Progress {
    std::size_t consumed;  ///< samples per channel taken from the input
    std::size_t produced;  ///< samples per channel written to the output
  };

  static tl::expected<Resampler, std::string> create(std::uint8_t channels, std::uint32_t input_hz,
                                                     std::uint32_t output_hz);

  /// True if the rates match: process() only copies.
  [[nodiscard]] bool is_transparent() const noexcept { return !state_; }

  [[nodiscard]] std::uint32_t input_hz() const noexcept { return input_hz_; }

  /// The filter's delay: samples per channel of input that are not yet in the output.
  [[nodiscard]] std::size_t delay() const noexcept;

  /// False if the resampler cannot convert from that rate. It then keeps the previous rate.
  bool set_input_rate(std::uint32_t input_hz) noexcept;

  /// Clears the filter and skips the silence that it would begin with: the first output sample
  /// corresponds to the first input sample.
  void restart() noexcept;

  /// Converts as much of `in` as fits into `out`. Offer the unconsumed rest of `in` again.
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
