#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// UTF-8 as RFC 3629 defines it: no overlong form, no surrogate, nothing beyond U+10FFFF.
namespace audio_stream::base {

/// Whether `text` is UTF-8. A WebSocket text message must be (RFC 6455, 5.6); a server may close
/// the connection if it is not.
bool is_utf8(std::string_view text) noexcept;

/// Checks a text that arrives in pieces. It reports a wrong byte at once, and follows a character
/// across the boundary of two pieces.
class Utf8Check {
 public:
  /// False if `piece`, after the pieces before it, cannot be part of a UTF-8 text. Then the check
  /// is over: do not call take() again.
  [[nodiscard]] bool take(std::string_view piece) noexcept;

  /// True if the text may end here: no character is incomplete.
  [[nodiscard]] bool complete() const noexcept { return missing_ == 0; }

 private:
  std::uint8_t missing_ = 0;    // continuation bytes that the current character still needs
  std::uint8_t lowest_ = 0x80;  // bounds of the next continuation byte
  std::uint8_t highest_ = 0xBF;
};

/// `text` as UTF-8. A byte that belongs to no UTF-8 character is read as ISO 8859-1; where that has
/// a control character (0x80 to 0x9F), the byte becomes U+FFFD.
std::string mended_utf8(std::string_view text);

/// The longest beginning of `text` that has at most `most` bytes and ends between two characters.
/// `text` must be UTF-8.
constexpr std::string_view utf8_prefix(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

/// Whether `text` ends within a character. The text before that character must be UTF-8. Looks at
/// no more than four bytes, so it is cheap for megabytes on an I/O thread.
bool ends_within_character(std::string_view text) noexcept;

}  // namespace audio_stream::base
