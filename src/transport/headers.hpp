#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// HTTP headers that a user adds to the handshake, in order. The values are secrets.
using Headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMostHeaders = 256;
inline constexpr std::size_t kMostHeadersBytes = std::size_t{64} * 1024;  ///< of their JSON

/// Reads `{"Name":"Value", ...}`. Text that is not UTF-8 is read as ISO 8859-1: a value may hold a
/// caller's name, and such a name must not cost the stream. It is an error if a header cannot be
/// sent unchanged (RFC 9110, 5.5 and 5.6.2: a name is a token, a value holds no CR, LF or other
/// control character), if it belongs to the handshake, or if a bound above is exceeded. The error
/// names the header, never a value.
tl::expected<Headers, std::string> parse_headers(std::string_view json);

}  // namespace audio_stream::transport
