#include "transport/address_order.hpp"

#include <algorithm>

namespace audio_stream::transport {

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
