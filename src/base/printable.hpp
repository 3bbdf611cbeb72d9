#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Makes text from outside (a server, a user) safe for a log, a message or a terminal: UTF-8 on one
/// line without control characters. Control characters are C0, DEL, C1 (U+0080 to U+009F), and
/// Unicode's line and paragraph separators (U+2028 and U+2029). These functions do not hide
/// secrets; base/redacted.hpp does.
namespace audio_stream::base {

/// Replaces each control character and each byte that is not UTF-8 with a question mark. Cuts a
/// text longer than `most` bytes and appends "...".
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

/// Replaces each run of blanks and control characters with one blank, and removes it at the ends.
/// Replaces each byte that is not UTF-8 with a question mark. Returns at most `most` bytes, in
/// whole characters. Leaves out a character that the end of `text` cuts off.
std::string one_line(std::string_view text, std::size_t most = std::string_view::npos);

}  // namespace audio_stream::base
