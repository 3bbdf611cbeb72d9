#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// HTTP headers a user adds to the handshake, in the order given. Values are secrets.
using Headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMostHeaders = 256;
inline constexpr std::size_t kMostHeadersBytes = std::size_t{64} * 1024;  ///< of their JSON

/// Reads `{"Name":"Value", ...}`. What is no UTF-8 is taken for ISO 8859-1: a caller's name may
/// stand in a value, and no caller is to lose the stream by that. A header that can't be sent as it
/// stands (RFC 9110, 5.5 and 5.6.2: a name is a token, a value holds no CR, LF or other control),
/// or that belongs to the handshake itself, makes the whole an error that names it, but never a
/// value. More than the bounds above is an error as well.
tl::expected<Headers, std::string> parse_headers(std::string_view json);

}  // namespace audio_stream::transport
