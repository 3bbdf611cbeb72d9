#pragma once

#include <cstddef>
#include <string_view>

namespace audio_stream::dialect {

/// How deep a server may nest a JSON message. Bots use five or six levels; a much deeper message is
/// an attack on the parser.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// The deepest nesting of arrays and objects in `text`, found without parsing. The bound also holds
/// for text that is no JSON.
std::size_t json_depth(std::string_view text) noexcept;

}  // namespace audio_stream::dialect
