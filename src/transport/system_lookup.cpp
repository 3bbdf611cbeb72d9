#include "transport/system_lookup.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <cstddef>
#include <memory>

#include "base/blanks.hpp"
#include "transport/settings_file.hpp"
#include "transport/socket_address.hpp"

namespace audio_stream::transport {
namespace {

std::vector<boost::asio::ip::address> ask_the_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned{found, &::freeaddrinfo};
  std::vector<boost::asio::ip::address> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (const auto address = address_of(*each->ai_addr)) addresses.push_back(*address);
  }
  return addresses;
}

/// Removes the next word from `line` and returns it; empty at the end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(base::kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(base::kBlanks));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

bool names_other_services(std::string_view nsswitch_conf) {
  while (!nsswitch_conf.empty()) {
    std::string_view line = nsswitch_conf.substr(0, nsswitch_conf.find('\n'));
    nsswitch_conf.remove_prefix(std::min(line.size() + 1, nsswitch_conf.size()));
    line = line.substr(0, line.find('#'));
    if (next_word(line) != "hosts:") continue;
    bool in_brackets = false;  // [NOTFOUND=return] and the like are not services
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      if (word.front() == '[') in_brackets = true;
      if (!in_brackets && word != "files" && word != "dns") return true;
      if (word.back() == ']') in_brackets = false;
    }
  }
  return false;
}

SystemLookup system_lookup() {
  constexpr std::size_t kMostOfConfiguration = 64 * 1024;
  const auto configuration = read_settings_file("/etc/nsswitch.conf", kMostOfConfiguration);
  // Without that file, the C library asks only the name servers and the hosts file.
  if (!configuration || !names_other_services(*configuration)) return {};
  return ask_the_system;
}

}  // namespace audio_stream::transport
