#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace audio_stream::dialect {

/// The position in `{"type":"ack","position_ms":N}`: the server has all audio before it. None if
/// `text` is no acknowledgement. Long texts are not parsed.
std::optional<std::uint64_t> acknowledgement(std::string_view text);

}  // namespace audio_stream::dialect
