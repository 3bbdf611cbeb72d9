#pragma once

#include <functional>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace audio_stream::transport {

/// Merges IPv6 and IPv4 addresses, each already in the order of RFC 6724, in that order. IPv6 comes
/// first, unless no IPv6 address is reachable or RFC 6724 puts the first one after IPv4 (unique
/// local addresses, tunnels).
std::vector<boost::asio::ip::address> in_order(
    const std::vector<boost::asio::ip::address>& v6,
    const std::vector<boost::asio::ip::address>& v4,
    const std::function<bool(const boost::asio::ip::address&)>& reachable);
/// The same. An address is reachable if the system has a route to it.
std::vector<boost::asio::ip::address> in_order(const std::vector<boost::asio::ip::address>& v6,
                                               const std::vector<boost::asio::ip::address>& v4);

/// The order in which to try `addresses`, which are in the order of RFC 6724: IPv6 and IPv4
/// alternate, beginning with the family of the first (RFC 8305, 4). At most kMostAddresses.
std::vector<boost::asio::ip::address> in_turns(
    const std::vector<boost::asio::ip::address>& addresses);

/// A name may have any number of addresses, and each attempt costs a socket.
inline constexpr std::size_t kMostAddresses = 32;

}  // namespace audio_stream::transport
