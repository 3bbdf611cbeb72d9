#include "transport/name_lookups.hpp"

#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "transport/address_order.hpp"
#include "transport/socket_address.hpp"

namespace audio_stream::transport {
namespace {

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return text;
}

/// Asks only the hosts file for a name.
NameLookups::Addresses in_hosts_file(const std::string& host) {
  const NameChannel file = NameServers::hosts_file();
  NameLookups::Addresses addresses;
  if (!file.handle) return addresses;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const auto take = [](void* to, int status, int /*timeouts*/, ares_addrinfo* info) {
    const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned{info,
                                                                             &ares_freeaddrinfo};
    if (status != ARES_SUCCESS) return;
    try {
      for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
        if (const auto address = address_of(*node->ai_addr)) {
          static_cast<NameLookups::Addresses*>(to)->push_back(*address);
        }
      }
    } catch (...) {  // no memory; exceptions must not reach c-ares
    }
  };
  ares_getaddrinfo(file.handle.get(), host.c_str(), nullptr, &hints, take, &addresses);
  return addresses;  // c-ares reads the file before ares_getaddrinfo() returns
}

NameLookups::Addresses loopback(const std::string& host) {
  using boost::asio::ip::address_v4;
  using boost::asio::ip::address_v6;
  auto addresses = in_hosts_file(host);
  if (addresses.empty()) addresses = in_order({address_v6::loopback()}, {address_v4::loopback()});
  return addresses;
}

/// Turns c-ares's status into the reason why there is no address.
const char* why(int status) {
  if (status == ARES_SUCCESS) return "the name has no address";
  return status == ARES_ETIMEOUT ? NameLookups::kSilent : ares_strerror(status);
}

}  // namespace

bool is_localhost(const std::string& host) {
  std::string_view name = host;
  if (name.ends_with('.')) name.remove_suffix(1);
  constexpr std::string_view kLocalhost = "localhost";
  if (name.size() < kLocalhost.size()) return false;
  if (in_lower_case(std::string{name.substr(name.size() - kLocalhost.size())}) != kLocalhost)
    return false;
  return name.size() == kLocalhost.size() || name[name.size() - kLocalhost.size() - 1] == '.';
}

/// A query for one address family of a name. c-ares owns it until the answer.
struct NameLookups::Query {
  NameLookups& owner;
  NamePtr name;
  int family;
  NameChannel& channel;
};

NameLookups::~NameLookups() {
  dropped_ = true;
  channels_.clear();
}

void NameLookups::find(const std::string& host, Handler handler) {
  const auto now = Clock::now();
  const std::string key = in_lower_case(host);
  NamePtr name;
  if (const auto known = names_.find(key); known != names_.end()) name = known->second;
  const bool is_old = name && !name->under_way() && name->kept_until <= now;
  if (name && !is_old) {
    const bool knows_enough = !name->under_way() || (name->due && *name->due <= now);
    if (auto addresses = found(*name); knows_enough && !addresses.empty()) {
      handler(std::move(addresses));
      return;
    }
    drop_expired(*name, now);
    name->waiting.push_back({std::move(handler), now + kLongestWait});
    return;
  }
  make_room(now);
  name = std::make_shared<Name>(key);
  name->waiting.push_back({std::move(handler), now + kLongestWait});
  names_.insert_or_assign(key, name);
  try {
    if (is_localhost(key)) {
      name->v4.addresses = loopback(key);  // both families, already in order
      keep(name, kShortestLife);
      answer(*name, found(*name));
    } else {
      begin(name);
    }
  } catch (...) {
    drop(name);
    throw;
  }
}

void NameLookups::begin(const NamePtr& name) {
  // Both are set before the first query, because its answer may come at once.
  name->v6.asked = name->v4.asked = true;
  ask(name, AF_INET6);
  ask(name, AF_INET);
}

void NameLookups::ask(const NamePtr& name, int family) {
  NameChannel* channel = this->channel();
  if (channel == nullptr) {
    drop(name);
    answer(*name, tl::unexpected<std::string>("the resolver can't be set up"));
    return;
  }
  auto query = std::make_unique<Query>(Query{*this, name, family, *channel});
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  ++channel->pending;
  ares_getaddrinfo(channel->handle.get(), name->host.c_str(), nullptr, &hints, on_answer,
                   query.release());
}

void NameLookups::on_answer(void* query, int status, int timeouts, ares_addrinfo* info) {
  const std::unique_ptr<Query> owned{static_cast<Query*>(query)};
  const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned_info{info,
                                                                                &ares_freeaddrinfo};
  NameLookups& self = owned->owner;
  if (self.dropped_) return;
  --owned->channel.pending;
  try {
    self.answered(*owned, status, timeouts, info);
  } catch (...) {
    // Mostly no memory. Exceptions must not reach c-ares; the waiting callers have deadlines.
    self.drop(owned->name);
  }
}

void NameLookups::answered(const Query& query, int status, int timeouts,
                           const ares_addrinfo* info) {
  const NamePtr& name = query.name;
  Family& mine = query.family == AF_INET6 ? name->v6 : name->v4;
  const Family& other = query.family == AF_INET6 ? name->v4 : name->v6;
  mine.asked = false;
  mine.status = status;
  if (info != nullptr) {
    for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
      const auto address = address_of(*node->ai_addr);
      if (!address) continue;
      mine.addresses.push_back(*address);
      mine.life = std::min(mine.life, std::chrono::seconds{std::max(0, node->ai_ttl)});
    }
  }
  const bool a_server_answered =
      status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND;
  if (timeouts > 0 && a_server_answered && !query.channel.first.empty()) {
    servers_.mark_silent(query.channel.first, Clock::now());
    query.channel.retired = true;
  }
  if (!other.asked) {
    conclude(name);
  } else if (!mine.addresses.empty()) {
    name->due = Clock::now() + (query.family == AF_INET6 ? kIpv6Waits : kIpv4Waits);
  }
}

/// Called when both families have answered.
void NameLookups::conclude(const NamePtr& name) {
  name->due.reset();
  auto addresses = found(*name);
  if (!addresses.empty()) {
    std::chrono::seconds life = kLongestLife;
    for (const Family* each : {&name->v6, &name->v4}) {
      if (!each->addresses.empty()) life = std::min(life, each->life);
    }
    keep(name, life);
    answer(*name, std::move(addresses));
    return;
  }
  name->asks_system = true;
  if (ask_system_(name->host)) return;
  name->asks_system = false;
  drop(name);  // the name may exist at the next lookup
  const int status = name->v4.status != ARES_SUCCESS ? name->v4.status : name->v6.status;
  answer(*name, tl::unexpected<std::string>(why(status)));
}

void NameLookups::on_system_answer(const std::string& host, Addresses addresses) {
  const auto known = names_.find(host);
  if (known == names_.end() || !known->second->asks_system) return;
  const NamePtr name = known->second;
  name->asks_system = false;
  if (addresses.empty()) {
    drop(name);
    answer(*name, tl::unexpected<std::string>(why(name->v4.status)));
    return;
  }
  name->v4.addresses = std::move(addresses);  // both families, in the system's order
  keep(name, kShortestLife);
  answer(*name, found(*name));
}

void NameLookups::keep(const NamePtr& name, std::chrono::seconds life) {
  name->kept_until = Clock::now() + std::max(life, kShortestLife);
}

void NameLookups::answer(Name& name, const Result& result) {
  for (const Waiting& each : std::exchange(name.waiting, {})) each.handler(result);
}

/// Calls the handlers instead of destroying them here, so that they are destroyed on their own
/// threads.
void NameLookups::drop_expired(Name& name, Clock::time_point now) {
  const auto late = std::partition(name.waiting.begin(), name.waiting.end(),
                                   [now](const Waiting& each) { return each.until > now; });
  const Result nothing = tl::unexpected<std::string>("no answer");
  std::for_each(late, name.waiting.end(), [&](const Waiting& each) { each.handler(nothing); });
  name.waiting.erase(late, name.waiting.end());
}

NameLookups::Addresses NameLookups::found(const Name& name) {
  return in_order(name.v6.addresses, name.v4.addresses);
}

void NameLookups::drop(const NamePtr& name) noexcept {
  const auto known = names_.find(name->host);
  if (known != names_.end() && known->second == name) names_.erase(known);
}

void NameLookups::make_room(Clock::time_point now) {
  if (names_.size() < kMostNames) return;
  std::erase_if(names_, [now](const auto& each) {
    return !each.second->under_way() && each.second->kept_until <= now;
  });
  while (names_.size() >= kMostNames) {
    auto oldest = names_.end();
    for (auto each = names_.begin(); each != names_.end(); ++each) {
      if (each->second->under_way()) continue;
      if (oldest == names_.end() || each->second->kept_until < oldest->second->kept_until) {
        oldest = each;
      }
    }
    if (oldest == names_.end()) return;  // all are under way and end by themselves
    names_.erase(oldest);
  }
}

NameChannel* NameLookups::channel() {
  if (channels_.empty() || channels_.back().retired) {
    auto fresh = servers_.open(Clock::now());
    if (!fresh.handle) return nullptr;
    channels_.push_back(std::move(fresh));
  }
  return &channels_.back();
}

bool NameLookups::wait(int wake_fd) {
  struct Polled {
    NameChannel* channel;
    ares_socket_t socket;
  };
  std::vector<pollfd> polled{{wake_fd, POLLIN, 0}};
  std::vector<Polled> of{{nullptr, ARES_SOCKET_BAD}};
  int timeout_ms = ms_to_next();
  for (NameChannel& channel : channels_) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const auto bits = static_cast<unsigned>(
        ares_getsock(channel.handle.get(), sockets.data(), ARES_GETSOCK_MAXNUM));
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      const bool read = ARES_GETSOCK_READABLE(bits, i) != 0;
      const bool write = ARES_GETSOCK_WRITABLE(bits, i) != 0;
      if (!read && !write) continue;
      const auto events = static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
      polled.push_back({sockets[i], events, 0});
      of.push_back({&channel, sockets[i]});
    }
    timeval until{};
    if (ares_timeout(channel.handle.get(), nullptr, &until) != nullptr) {
      const auto ms = static_cast<int>(until.tv_sec * 1000 + until.tv_usec / 1000 + 1);
      timeout_ms = timeout_ms < 0 ? ms : std::min(timeout_ms, ms);
    }
  }
  const bool woken =
      ::poll(polled.data(), polled.size(), timeout_ms) > 0 && (polled[0].revents & POLLIN) != 0;
  for (std::size_t i = 1; i < polled.size(); ++i) {
    const bool readable = (polled[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
    const bool writable = (polled[i].revents & (POLLOUT | POLLERR)) != 0;
    if (!readable && !writable) continue;
    ares_process_fd(of[i].channel->handle.get(), readable ? of[i].socket : ARES_SOCKET_BAD,
                    writable ? of[i].socket : ARES_SOCKET_BAD);
  }
  for (NameChannel& channel : channels_) {  // handles timeouts
    ares_process_fd(channel.handle.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
  answer_due();
  close_idle_channels();
  return woken;
}

int NameLookups::ms_to_next() const {
  std::optional<Clock::time_point> next;
  for (const auto& [host, name] : names_) {
    if (name->due && !name->waiting.empty() && (!next || *name->due < *next)) next = name->due;
  }
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(0, left.count()));
}

void NameLookups::answer_due() {
  const auto now = Clock::now();
  for (const auto& [host, name] : names_) {
    if (name->due && *name->due <= now && !name->waiting.empty()) answer(*name, found(*name));
  }
}

/// A new channel reads resolv.conf again, so that happens whenever no query was pending.
void NameLookups::close_idle_channels() {
  std::erase_if(channels_, [](const NameChannel& channel) { return channel.pending == 0; });
}

}  // namespace audio_stream::transport
