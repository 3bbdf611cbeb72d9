#pragma once

#include <string>
#include <string_view>

namespace audio_stream::base {

/// Whether `text` is UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing beyond
/// U+10FFFF. A WebSocket text must be (RFC 6455, 5.6), and a server may close on one that is not.
bool is_utf8(std::string_view text) noexcept;

/// `text` as UTF-8: each byte that is not part of a letter of UTF-8 is taken for one of ISO 8859-1,
/// or, where that has a control character (0x80 to 0x9F), becomes U+FFFD.
std::string mended_utf8(std::string_view text);

/// Whether the last letter of `text`, which is UTF-8 up to there, is not complete. Looks at no more
/// than four bytes, so also for megabytes on an I/O thread.
bool ends_within_letter(std::string_view text) noexcept;

}  // namespace audio_stream::base
