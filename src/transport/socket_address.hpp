#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include <boost/asio/ip/address.hpp>

namespace audio_stream::transport {

/// The address in a `sockaddr` from the C library or c-ares; nullopt if it is neither IPv4 nor
/// IPv6.
inline std::optional<boost::asio::ip::address> address_of(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(socket_address);
    return boost::asio::ip::address_v4{ntohl(v4.sin_addr.s_addr)};
  }
  if (socket_address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(socket_address);
    boost::asio::ip::address_v6::bytes_type bytes{};
    std::copy(std::begin(v6.sin6_addr.s6_addr), std::end(v6.sin6_addr.s6_addr), bytes.begin());
    return boost::asio::ip::address_v6{bytes, v6.sin6_scope_id};
  }
  return std::nullopt;
}

}  // namespace audio_stream::transport
