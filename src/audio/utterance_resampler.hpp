#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "audio/resampler.hpp"

namespace audio_stream::audio {

/// Brings utterances from the rate they come in to that of a call. However they are cut up, what
/// comes out is as if each had been converted in one piece: it begins with its first sample and
/// ends with its last, and is as long as it should be to the sample.
///
/// One thread's.
class UtteranceResampler {
 public:
  static tl::expected<UtteranceResampler, std::string> create(std::uint32_t output_hz);

  /// The next piece of an utterance. The filter keeps the last millisecond or so back, until what
  /// follows is known. False if there is no converting from that rate. A change of rate ends the
  /// utterance.
  bool append(std::span<const std::int16_t> in, std::uint32_t input_hz,
              std::vector<std::int16_t>& out);
  /// The utterance is over: what was kept back comes out.
  void finish(std::vector<std::int16_t>& out);
  /// The utterance is over, and what was kept back of it goes.
  void abandon() noexcept;

  /// Samples that finish() would put out.
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
