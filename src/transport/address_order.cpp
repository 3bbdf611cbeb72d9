#include "transport/address_order.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include <boost/asio/ip/udp.hpp>

#include "base/unique_fd.hpp"

namespace audio_stream::transport {
namespace {

using boost::asio::ip::address;

/// Whether the system has a route to `to`. Connecting a UDP socket sends nothing.
bool has_route(const address& to) {
  const boost::asio::ip::udp::endpoint endpoint{to, 9};  // any port
  const base::UniqueFd socket{
      ::socket(to.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  return socket.is_open() &&
         ::connect(socket.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
}

/// RFC 6724, 2.1: whether the precedence is below 35, that of IPv4.
bool comes_behind_ipv4(const address& address) {
  const auto bytes = address.to_v6().to_bytes();
  const bool unique_local = (bytes[0] & 0xFEU) == 0xFCU;
  const bool site_local = bytes[0] == 0xFEU && (bytes[1] & 0xC0U) == 0xC0U;
  const bool six_to_four = bytes[0] == 0x20U && bytes[1] == 0x02U;
  const bool teredo = bytes[0] == 0x20U && bytes[1] == 0x01U && bytes[2] == 0U && bytes[3] == 0U;
  return unique_local || site_local || six_to_four || teredo;
}

}  // namespace

std::vector<address> in_order(const std::vector<address>& v6, const std::vector<address>& v4,
                              const std::function<bool(const address&)>& reachable) {
  std::vector<address> ordered = v6;
  if (v6.empty() || v4.empty()) {
    ordered.insert(ordered.end(), v4.begin(), v4.end());
    return ordered;
  }
  const bool v4_first =
      comes_behind_ipv4(v6.front()) ? reachable(v4.front()) : !reachable(v6.front());
  ordered.insert(v4_first ? ordered.begin() : ordered.end(), v4.begin(), v4.end());
  return ordered;
}

std::vector<address> in_order(const std::vector<address>& v6, const std::vector<address>& v4) {
  return in_order(v6, v4, has_route);
}

std::vector<boost::asio::ip::address> in_turns(
    const std::vector<boost::asio::ip::address>& addresses) {
  std::vector<boost::asio::ip::address> ordered;
  if (addresses.empty()) return ordered;
  const bool first_is_v6 = addresses.front().is_v6();
  auto mine = addresses.begin();
  auto other = addresses.begin();
  const auto take = [&](auto& from, bool v6) {
    from = std::find_if(from, addresses.end(),
                        [v6](const auto& address) { return address.is_v6() == v6; });
    if (from != addresses.end()) ordered.push_back(*from++);
  };
  while (ordered.size() < std::min(addresses.size(), kMostAddresses)) {
    take(mine, first_is_v6);
    if (ordered.size() < kMostAddresses) take(other, !first_is_v6);
  }
  return ordered;
}

}  // namespace audio_stream::transport
