#pragma once

#include <functional>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace audio_stream::transport {

/// IPv6 addresses and IPv4 addresses, each in the order of RFC 6724, put together in that order:
/// those of IPv6 first, unless none of them can be reached or the first one is of a kind that RFC
/// 6724 puts behind IPv4 (unique local addresses, tunnels).
std::vector<boost::asio::ip::address> in_order(
    const std::vector<boost::asio::ip::address>& v6,
    const std::vector<boost::asio::ip::address>& v4,
    const std::function<bool(const boost::asio::ip::address&)>& reachable);
/// The same; what can be reached is what the system has a route to.
std::vector<boost::asio::ip::address> in_order(const std::vector<boost::asio::ip::address>& v6,
                                               const std::vector<boost::asio::ip::address>& v4);

/// The order in which to try `addresses`, which come in that of RFC 6724: the families take turns,
/// beginning with that of the first (RFC 8305, 4). No more than kMostAddresses.
std::vector<boost::asio::ip::address> in_turns(
    const std::vector<boost::asio::ip::address>& addresses);

/// A name may have any number of addresses; each one tried costs a socket.
inline constexpr std::size_t kMostAddresses = 32;

}  // namespace audio_stream::transport
