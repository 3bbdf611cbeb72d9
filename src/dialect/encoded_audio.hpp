#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace audio_stream::dialect {

/// The audio of a `streamAudio` or `playAudio` text, still in base64, and the JSON around it:
///   {"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":"<base64>",...}}
/// `audioContentType` means `audioDataType`, and `audioContent` means `audioData`. A member that is
/// missing, or of the wrong JSON type, is nullopt.
struct EncodedAudio {
  bool has_data = false;             ///< there is a `data` object
  std::optional<std::string> type;   ///< audioDataType
  bool has_rate = false;             ///< there is a sampleRate, of whatever JSON type
  std::optional<std::int64_t> rate;  ///< sampleRate: a whole number, or a string of digits

  bool has_audio = false;  ///< audioData is a string
  std::string text;       ///< holds the base64: the server's whole text, moved, or the base64 alone
  std::size_t begin = 0;  ///< of the base64 in `text`
  std::size_t length = 0;

  /// Members of `data` without the audio, and of the message around `data`: JSON, as the server
  /// wrote it, without the braces. Members that would make one of them longer than the limit for
  /// an event are left out; where one of them is not JSON, all of them are.
  std::string members;
  std::string around;
  std::size_t data_at = 0;         ///< where in `around` the value of `data` belongs
  std::size_t left_out_bytes = 0;  ///< of members, for want of room

  [[nodiscard]] std::string_view base64() const noexcept {
    return std::string_view{text}.substr(begin, length);
  }
};

}  // namespace audio_stream::dialect
