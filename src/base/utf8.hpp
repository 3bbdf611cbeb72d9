#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// UTF-8 as RFC 3629 defines it: no overlong form, no surrogate, nothing beyond U+10FFFF.
namespace audio_stream::base {

/// Whether `text` is UTF-8. A WebSocket text must be (RFC 6455, 5.6), and a server may close on one
/// that is not.
bool is_utf8(std::string_view text) noexcept;

/// Checks a text that comes in pieces: tells as soon as a byte is wrong, also where a character is
/// cut between two pieces.
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

/// `text` as UTF-8: each byte that is not part of a character of UTF-8 is taken for one of ISO
/// 8859-1, or, where that has a control character (0x80 to 0x9F), becomes U+FFFD.
std::string mended_utf8(std::string_view text);

/// The longest beginning of `text` that has at most `most` bytes and does not cut a character.
/// `text` is UTF-8.
constexpr std::string_view utf8_prefix(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

/// Whether the last character of `text`, which is UTF-8 up to there, is not complete. Looks at no
/// more than four bytes, so also for megabytes on an I/O thread.
bool ends_within_character(std::string_view text) noexcept;

}  // namespace audio_stream::base
