#include "transport/name_servers.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <vector>

namespace audio_stream::transport {
namespace {

constexpr int kTries = 3;

std::string text_of(const ares_addr_port_node& server) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(server.family, &server.addr, text.data(), text.size());
  return std::string{text.data()} + ' ' + std::to_string(server.udp_port);
}

}  // namespace

NameChannel NameServers::open(Clock::time_point now) const {
  NameChannel channel;
  ares_options options{};
  options.timeout = static_cast<int>(kTimeout.count());
  options.tries = kTries;
  ares_channel handle = nullptr;
  if (ares_init_options(&handle, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) {
    return channel;
  }
  channel.handle.reset(handle);
  if (!servers_.empty() && ares_set_servers_ports_csv(handle, servers_.c_str()) != ARES_SUCCESS) {
    channel.handle.reset();
    return channel;
  }
  ares_addr_port_node* list = nullptr;
  if (ares_get_servers_ports(handle, &list) != ARES_SUCCESS || list == nullptr) return channel;
  const std::unique_ptr<ares_addr_port_node, decltype(&ares_free_data)> owned{list,
                                                                              &ares_free_data};
  std::vector<ares_addr_port_node> servers;
  for (const auto* each = list; each != nullptr; each = each->next) servers.push_back(*each);
  std::stable_partition(servers.begin(), servers.end(), [&](const ares_addr_port_node& each) {
    const auto found = silent_.find(text_of(each));
    return found == silent_.end() || found->second <= now;
  });
  for (std::size_t i = 0; i < servers.size(); ++i) {
    servers[i].next = i + 1 < servers.size() ? &servers[i + 1] : nullptr;
  }
  if (ares_set_servers_ports(handle, servers.data()) == ARES_SUCCESS) {
    channel.first = text_of(servers.front());
  }
  return channel;
}

NameChannel NameServers::hosts_file() {
  NameChannel channel;
  ares_options options{};
  char lookups[] = "f";
  options.lookups = lookups;
  ares_channel handle = nullptr;
  if (ares_init_options(&handle, &options, ARES_OPT_LOOKUPS) == ARES_SUCCESS) {
    channel.handle.reset(handle);
  }
  return channel;
}

void NameServers::mark_silent(const std::string& server, Clock::time_point now) {
  std::erase_if(silent_, [now](const auto& each) { return each.second <= now; });
  silent_[server] = now + kSilence;
}

}  // namespace audio_stream::transport
