#include "transport/resolver.hpp"

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include <array>
#include <memory>
#include <system_error>

#include "transport/thread.hpp"

namespace audio_stream::transport {
namespace {

constexpr int kTimeoutMs = 2000;  // of the first try of each server; c-ares doubles it
constexpr int kTries = 3;

void ring(int bell) noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(bell, &one, sizeof one);
}

void silence(int bell) noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(bell, &count, sizeof count);
}

std::vector<boost::asio::ip::address> addresses_of(const ares_addrinfo& info) {
  std::vector<boost::asio::ip::address> addresses;
  for (const ares_addrinfo_node* node = info.nodes; node != nullptr; node = node->ai_next) {
    if (node->ai_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(node->ai_addr);
      addresses.emplace_back(boost::asio::ip::address_v4{ntohl(v4->sin_addr.s_addr)});
    } else if (node->ai_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(node->ai_addr);
      boost::asio::ip::address_v6::bytes_type bytes{};
      std::copy(std::begin(v6->sin6_addr.s6_addr), std::end(v6->sin6_addr.s6_addr), bytes.begin());
      addresses.emplace_back(boost::asio::ip::address_v6{bytes, v6->sin6_scope_id});
    }
  }
  return addresses;
}

}  // namespace

/// The lookups under way and the c-ares channel they share; on the resolver's thread only.
class Resolver::Lookups {
 public:
  explicit Lookups(const std::string& servers) : servers_{servers} {}
  Lookups(const Lookups&) = delete;
  Lookups& operator=(const Lookups&) = delete;
  ~Lookups() {
    dropped_ = true;
    close();
  }

  void begin(Request request) {
    if (channel_ == nullptr && !open()) {
      answer(request, tl::unexpected<std::string>("the resolver can't be set up"));
      return;
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    auto lookup = std::make_unique<Lookup>(Lookup{*this, std::move(request)});
    const std::string host = lookup->request.host;
    ++pending_;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, on_answer, lookup.release());
  }

  /// Waits for an answer or for `bell`, and handles what came.
  void wait(int bell) {
    std::array<pollfd, ARES_GETSOCK_MAXNUM + 1> polled{};
    polled[0] = {bell, POLLIN, 0};
    nfds_t count = 1;
    int timeout_ms = -1;
    if (channel_ != nullptr) {
      std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
      const auto bits =
          static_cast<unsigned>(ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM));
      for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
        const bool read = ARES_GETSOCK_READABLE(bits, i) != 0;
        const bool write = ARES_GETSOCK_WRITABLE(bits, i) != 0;
        if (!read && !write) continue;
        const auto events = static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
        polled[count++] = {sockets[i], events, 0};
      }
      timeval until{};
      if (ares_timeout(channel_, nullptr, &until) != nullptr) {
        timeout_ms = static_cast<int>(until.tv_sec * 1000 + until.tv_usec / 1000 + 1);
      }
    }
    if (::poll(polled.data(), count, timeout_ms) > 0 && (polled[0].revents & POLLIN) != 0) {
      silence(bell);
    }
    for (nfds_t i = 1; i < count; ++i) {
      const bool readable = (polled[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
      const bool writable = (polled[i].revents & (POLLOUT | POLLERR)) != 0;
      ares_process_fd(channel_, readable ? polled[i].fd : ARES_SOCKET_BAD,
                      writable ? polled[i].fd : ARES_SOCKET_BAD);
    }
    if (channel_ != nullptr) {
      ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // the timeouts
      if (pending_ == 0) close();
    }
  }

 private:
  struct Lookup {
    Lookups& owner;
    Request request;
  };

  static void answer(Request& request, Result result) {
    boost::asio::post(*request.context,
                      [handler = std::move(request.handler), result = std::move(result)]() mutable {
                        handler(std::move(result));
                      });
  }

  static void on_answer(void* self, int status, int /*timeouts*/, ares_addrinfo* info) {
    const std::unique_ptr<Lookup> lookup{static_cast<Lookup*>(self)};
    const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned{info,
                                                                             ares_freeaddrinfo};
    --lookup->owner.pending_;
    if (lookup->owner.dropped_) return;
    try {
      tell(*lookup, status, info);
    } catch (...) {  // no memory, mostly, and c-ares must not see it: the deadline tells of it
    }
  }

  static void tell(Lookup& lookup, int status, const ares_addrinfo* info) {
    if (status != ARES_SUCCESS) {
      answer(lookup.request, tl::unexpected<std::string>(ares_strerror(status)));
      return;
    }
    auto addresses = addresses_of(*info);
    if (addresses.empty()) {
      answer(lookup.request, tl::unexpected<std::string>("the name has no address"));
    } else {
      answer(lookup.request, std::move(addresses));
    }
  }

  bool open() {
    ares_options options{};
    options.timeout = kTimeoutMs;
    options.tries = kTries;
    const int opened = ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (opened != ARES_SUCCESS) return false;
    return servers_.empty() ||
           ares_set_servers_ports_csv(channel_, servers_.c_str()) == ARES_SUCCESS;
  }

  void close() {
    if (channel_ != nullptr) ares_destroy(channel_);
    channel_ = nullptr;
  }

  const std::string& servers_;
  ares_channel channel_ = nullptr;
  std::size_t pending_ = 0;
  bool dropped_ = false;  // the resolver ends: nobody is to be called
};

Resolver::Resolver(std::string servers)
    : servers_{std::move(servers)}, bell_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
  if (bell_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
  ares_library_init(ARES_LIB_INIT_ALL);
  try {
    thread_ = start_thread("as-resolver", [this] { loop(); });
  } catch (...) {
    ares_library_cleanup();
    ::close(bell_);
    throw;
  }
}

Resolver::~Resolver() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  ring(bell_);
  thread_.join();
  ares_library_cleanup();
  ::close(bell_);
}

void Resolver::resolve(std::string host, boost::asio::io_context& context, Handler handler) {
  {
    const std::lock_guard lock{mutex_};
    requests_.push_back({std::move(host), &context, std::move(handler)});
  }
  ring(bell_);
}

void Resolver::loop() {
  Lookups lookups{servers_};
  while (true) {
    std::deque<Request> fresh;
    {
      const std::lock_guard lock{mutex_};
      if (stopping_) return;
      fresh.swap(requests_);
    }
    for (Request& request : fresh) {
      try {
        lookups.begin(std::move(request));
      } catch (...) {  // no memory, mostly: whoever asked has a deadline
      }
    }
    lookups.wait(bell_);
  }
}

}  // namespace audio_stream::transport
