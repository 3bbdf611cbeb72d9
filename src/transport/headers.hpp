#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// HTTP headers a user adds to the handshake, in the order given. Values are secrets.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// Whether `name` is a token (RFC 9110, 5.6.2), as names of headers are.
bool is_token(std::string_view name);

/// Reads `{"Name":"Value", ...}`. A header that can't be sent as it stands (RFC 9110, 5.5
/// and 5.6.2: a name is a token, a value holds no CR, LF or other control), or that belongs to the
/// handshake itself, makes the whole an error that names it, but never a value.
tl::expected<Headers, std::string> parse_headers(std::string_view json);

}  // namespace audio_stream::transport
