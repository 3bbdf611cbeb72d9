#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Somebody else's text as a log, a message or a terminal may show it: UTF-8 on one line, without
/// control characters. Those are C0, DEL, C1 (U+0080 to U+009F), and Unicode's line and paragraph
/// separators (U+2028 and U+2029). No text is kept secret here: see base/redacted.hpp.
namespace audio_stream::base {

/// With a question mark for each control character and for each byte that is not UTF-8. Of a text
/// longer than `most` bytes the beginning, and "..." behind it.
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

/// With one blank for each run of blanks and control characters, none at the ends, and a question
/// mark for each byte that is not UTF-8. At most `most` bytes, whole characters. A character that
/// is cut off at the end of `text` is left out.
std::string one_line(std::string_view text, std::size_t most = std::string_view::npos);

}  // namespace audio_stream::base
