#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// Subprotocols to offer (RFC 6455, 1.9), the one liked best first. There are servers that take a
/// credential in their place, so they are secrets, as headers are.
using Subprotocols = std::vector<std::string>;

inline constexpr std::size_t kMostSubprotocols = 64;
inline constexpr std::size_t kMostSubprotocolBytes = std::size_t{64} * 1024;  ///< of the list

/// Reads "name, name...", or "none". RFC 6455, 4.1: each name is a token, and none comes twice.
/// More than the bounds above is an error. An error says which name is wrong by its place, never by
/// its value.
tl::expected<Subprotocols, std::string> parse_subprotocols(std::string_view list);

/// The value of Sec-WebSocket-Protocol.
std::string offer_of(const Subprotocols& subprotocols);

}  // namespace audio_stream::transport
