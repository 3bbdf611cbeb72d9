#pragma once

#include <cstddef>
#include <string_view>

namespace audio_stream::dialect {

/// How deep a server may nest a JSON message. Bots use five or six levels; what goes much deeper is
/// meant to hurt whoever parses it.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// The deepest nesting of arrays and objects in `text`, found without parsing it: a bound that
/// holds also for text that is no JSON.
std::size_t json_depth(std::string_view text) noexcept;

}  // namespace audio_stream::dialect
