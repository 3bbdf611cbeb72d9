#pragma once

#include <string_view>

namespace audio_stream::protocol {

/// Whether `text` is UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing beyond
/// U+10FFFF. A WebSocket text must be (RFC 6455, 5.6), and a server may close on one that is not.
bool is_utf8(std::string_view text) noexcept;

}  // namespace audio_stream::protocol
