#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "websocket/deflate.hpp"

namespace audio_stream::websocket {

/// Which compression a client offers (RFC 7692, 7.1).
enum class DeflateOffer {
  none,
  bare,  ///< "permessage-deflate" alone, for servers that refuse its parameters
  full,  ///< with windows of 2^12 bytes, which save memory on both sides
};

/// The value of Sec-WebSocket-Extensions; empty for none.
std::string_view offer_text(DeflateOffer offer) noexcept;

/// Reads a server's non-empty Sec-WebSocket-Extensions: the parameters that it agrees to. The error
/// says what is wrong, for people, and quotes the server as printable text on one line.
tl::expected<DeflateParameters, std::string> read_deflate_answer(DeflateOffer offer,
                                                                 std::string_view extensions);

}  // namespace audio_stream::websocket
