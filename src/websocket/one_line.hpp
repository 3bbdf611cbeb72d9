#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace audio_stream::websocket {

/// A server's text as it may be shown on one line: at most `most` bytes of UTF-8, without blanks at
/// its ends. Each run of blanks and control characters becomes one blank, and each byte that is not
/// UTF-8 a question mark. A character that is cut off at the end of `text` is left out.
std::string one_line(std::string_view text, std::size_t most);

}  // namespace audio_stream::websocket
