#pragma once

#include <vector>

#include <boost/asio/ip/address.hpp>

namespace audio_stream::transport {

/// The order in which to try `addresses`, which come in that of RFC 6724: the families take turns,
/// beginning with that of the first (RFC 8305, 4). No more than kMostAddresses.
std::vector<boost::asio::ip::address> in_turns(
    const std::vector<boost::asio::ip::address>& addresses);

/// A name may have any number of addresses; each one tried costs a socket.
inline constexpr std::size_t kMostAddresses = 32;

}  // namespace audio_stream::transport
