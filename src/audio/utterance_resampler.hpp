#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "audio/resampler.hpp"

namespace audio_stream::audio {

/// Converts utterances from the rates they arrive in to the call's rate. The pieces of an utterance
/// do not matter: the output is the same as from one piece. It begins with the first sample, ends
/// with the last, and has the exact length.
///
/// One thread only.
class UtteranceResampler {
 public:
  static tl::expected<UtteranceResampler, std::string> create(std::uint32_t output_hz);

  /// Appends the next piece of an utterance to `out`. The filter holds back the last millisecond or
  /// so until it knows the samples after it. A change of rate ends the utterance. False if that
  /// rate cannot be converted.
  bool append(std::span<const std::int16_t> in, std::uint32_t input_hz,
              std::vector<std::int16_t>& out);
  /// Ends the utterance and appends the samples held back to `out`.
  void finish(std::vector<std::int16_t>& out);
  /// Ends the utterance and discards the samples held back.
  void abandon() noexcept;

  /// Samples that finish() would append.
  [[nodiscard]] std::size_t kept_back() const noexcept;

 private:
  UtteranceResampler(Resampler resampler, std::uint32_t output_hz)
      : resampler_{std::move(resampler)}, output_hz_{output_hz} {}
  [[nodiscard]] std::uint64_t due() const noexcept {
    return consumed_ * output_hz_ / resampler_.input_hz();
  }

  Resampler resampler_;
  std::uint32_t output_hz_;
  std::uint64_t consumed_ = 0;  // of this utterance
  std::uint64_t produced_ = 0;
};

}  // namespace audio_stream::audio
