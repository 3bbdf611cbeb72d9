#pragma once

#include <string_view>

namespace audio_stream::websocket {

/// Reads the words of an HTTP field (RFC 9110, 5.6) from left to right. Skips blanks between them.
class Words {
 public:
  explicit Words(std::string_view text) noexcept : rest_{text} { skip_blanks(); }

  /// Takes the next token. If there is none, returns an empty view and good() becomes false.
  std::string_view token() noexcept;

  /// Takes a token, or a quoted string without its quotes. A string with a backslash makes good()
  /// false: no value read here needs one.
  std::string_view value() noexcept;

  /// Takes `separator` if it comes next, and says whether it did.
  bool next(char separator) noexcept;

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  void skip_blanks() noexcept;

  std::string_view rest_;
  bool good_ = true;
};

/// Whether `text` is a token (RFC 9110, 5.6.2), as the names of header fields are.
bool is_token(std::string_view text) noexcept;

/// Whether the comma-separated `list` contains `word`, ignoring case (RFC 9110, 7.6.1).
bool has_word(std::string_view list, std::string_view word) noexcept;

}  // namespace audio_stream::websocket
