#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <tl/expected.hpp>

#include "base/unique_fd.hpp"
#include "transport/system_lookup.hpp"
#include "transport/worker.hpp"

namespace audio_stream::transport {

/// Resolves host names on a thread of its own, any number at a time.
///
/// The hosts file and the name servers are asked without blocking (c-ares), because a hanging
/// getaddrinfo() can neither be cancelled nor joined. If they do not know a name, one further
/// thread asks the system by getaddrinfo(), one name at a time. If that hangs, only names unknown
/// to the name servers stay without an answer. resolv.conf is read again whenever the resolver was
/// idle.
class Resolver {
 public:
  /// IPv6 and IPv4 addresses in the order of RFC 6724, or the reason why there are none.
  using Result = tl::expected<std::vector<boost::asio::ip::address>, std::string>;
  using Handler = std::function<void(Result)>;

  /// Asks `servers` ("host:port,..."), or the name servers of resolv.conf if it is empty.
  explicit Resolver(std::string servers = {}, SystemLookup system = system_lookup());
  /// Drops pending lookups: their handlers are not called any more. Waits for a pending system
  /// lookup; see stop_by().
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Any thread. Calls `handler` at most once, on `context`, which must outlive this resolver. Does
  /// not call it if the system hangs: the caller needs a deadline.
  void resolve(std::string host, boost::asio::io_context& context, Handler handler);

  /// Stops asking the system. False if a system lookup is still pending at `until`: then this must
  /// not be destroyed.
  [[nodiscard]] bool stop_by(std::chrono::steady_clock::time_point until);

 private:
  struct Request {
    std::string host;
    boost::asio::io_context* context;
    Handler handler;
  };
  struct Found {
    std::string host;
    std::vector<boost::asio::ip::address> addresses;
  };

  void loop();
  bool ask_system(const std::string& host);

  const std::string servers_;
  const SystemLookup system_;
  std::mutex mutex_;
  std::deque<Request> requests_;  // guarded by mutex_
  std::deque<Found> found_;       // by the system lookup; guarded by mutex_
  bool stopping_ = false;         // guarded by mutex_
  std::atomic<bool> stopping_lookups_{false};
  base::UniqueFd wake_;        // an eventfd that ends the poll() of loop()
  std::optional<Worker> nss_;  // none without a system lookup
  std::thread thread_;
};

}  // namespace audio_stream::transport
