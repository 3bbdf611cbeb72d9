#pragma once

#include <string_view>

namespace audio_stream::websocket {

/// Words of an HTTP field (RFC 9110, 5.6), from left to right. Blanks between them are skipped.
class Words {
 public:
  explicit Words(std::string_view text) noexcept : rest_{text} { skip_blanks(); }

  /// The token that comes next. Empty, and good() false, if there is none.
  std::string_view token() noexcept;

  /// A token, or a quoted string without its quotes. One with a backslash is not good: nothing
  /// that is read here needs one.
  std::string_view value() noexcept;

  /// Whether `separator` comes next. Takes it.
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

/// Whether the comma-separated `list` has `word`, in whatever case (RFC 9110, 7.6.1).
bool has_word(std::string_view list, std::string_view word) noexcept;

}  // namespace audio_stream::websocket
