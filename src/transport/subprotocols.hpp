#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// Subprotocols to offer (RFC 6455, 1.9), in order of preference. Some servers take a credential in
/// their place, so they are secrets, like headers.
using Subprotocols = std::vector<std::string>;

inline constexpr std::size_t kMostSubprotocols = 64;
inline constexpr std::size_t kMostSubprotocolBytes = std::size_t{64} * 1024;  ///< of the list

/// Reads "name, name...", or "none". Each name must be a token and occur once (RFC 6455, 4.1).
/// Exceeding a bound above is an error. An error identifies the wrong name by its position, never
/// by its value.
tl::expected<Subprotocols, std::string> parse_subprotocols(std::string_view list);

/// The value of Sec-WebSocket-Protocol.
std::string offer_of(const Subprotocols& subprotocols);

}  // namespace audio_stream::transport
