#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace audio_stream::transport {

/// Somebody else's text as it may be shown: short, and nothing that breaks a line or a terminal.
std::string shown(std::string_view text, std::size_t most = 200);

}  // namespace audio_stream::transport
