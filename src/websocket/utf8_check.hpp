#pragma once

#include <cstdint>
#include <string_view>

namespace audio_stream::websocket {

/// Whether a text is UTF-8 (RFC 3629), told piece by piece: as soon as a byte is wrong, also where
/// a character is cut between two pieces.
class Utf8Check {
 public:
  /// False if `piece`, after the pieces before, can't be part of a text. Then the check is over.
  [[nodiscard]] bool take(std::string_view piece) noexcept;

  /// The text may end here: no character is incomplete.
  [[nodiscard]] bool complete() const noexcept { return missing_ == 0; }

 private:
  std::uint8_t missing_ = 0;    // continuation bytes of the character that has begun
  std::uint8_t lowest_ = 0x80;  // what the next of them may be
  std::uint8_t highest_ = 0xBF;
};

}  // namespace audio_stream::websocket
