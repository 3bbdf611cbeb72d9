#pragma once

#include <cstdint>
#include <string_view>

namespace audio_stream::dialect {

/// What became of the caller's audio, by its position in the stream.
struct CallerNote {
  enum class What : std::uint8_t { speech_started, speech_stopped, masked, unmasked };
  What what = What::speech_started;
  std::uint64_t position_ms = 0;
  std::uint64_t length_ms = 0;  ///< of the speech or the mask that ended there

  [[nodiscard]] bool has_length() const noexcept {
    return what == What::speech_stopped || what == What::unmasked;
  }
};

/// The word of docs/protocol.md, which the event uses too.
constexpr std::string_view word_of(CallerNote::What what) noexcept {
  switch (what) {
    case CallerNote::What::speech_started:
      return "speech_started";
    case CallerNote::What::speech_stopped:
      return "speech_stopped";
    case CallerNote::What::masked:
      return "masked";
    case CallerNote::What::unmasked:
      return "unmasked";
  }
  return "?";
}

}  // namespace audio_stream::dialect
