#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "websocket/deflate.hpp"

namespace audio_stream::websocket {

/// How compression is offered (RFC 7692, 7.1).
enum class DeflateOffer {
  none,
  bare,  ///< "permessage-deflate" alone, for servers that refuse its parameters
  full,  ///< with windows of 2^12 bytes, which save memory on both sides
};

/// The value of Sec-WebSocket-Extensions; empty for none.
std::string_view offer_text(DeflateOffer offer) noexcept;

/// What a server's Sec-WebSocket-Extensions, which is not empty, agrees to. The error says what is
/// wrong with it, for people, and quotes it only as printable ASCII.
tl::expected<DeflateParameters, std::string> read_deflate_answer(DeflateOffer offer,
                                                                 std::string_view extensions);

}  // namespace audio_stream::websocket
