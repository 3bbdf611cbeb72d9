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

/// Turns host names into addresses, on a thread of its own, any number at a time.
///
/// The hosts file and the name servers are asked without blocking (c-ares), because a getaddrinfo()
/// that hangs can neither be cancelled nor joined. Where these do not know a name, the system is
/// asked: by getaddrinfo(), on one further thread, one name at a time. If that hangs, only names
/// that the name servers do not know stay without an answer. Reads resolv.conf anew whenever it was
/// idle.
class Resolver {
 public:
  /// IPv6 and IPv4 in the order of RFC 6724, or the reason why there is none.
  using Result = tl::expected<std::vector<boost::asio::ip::address>, std::string>;
  using Handler = std::function<void(Result)>;

  /// Asks the name servers of resolv.conf, or `servers` ("host:port,..."), if there are any.
  explicit Resolver(std::string servers = {}, SystemLookup system = system_lookup());
  /// Drops what is under way: its handlers are not called any more. Waits for the system's answer,
  /// if that is being asked: see stop_by().
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Any thread. `handler` is called once at most, on `context`, which must outlive this resolver.
  /// It is not called if the system hangs: the caller has a deadline.
  void resolve(std::string host, boost::asio::io_context& context, Handler handler);

  /// Asks the system no more. False if it has not answered by `until`: then this must not be
  /// destroyed.
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
  std::deque<Found> found_;       // by the system; guarded by mutex_
  bool stopping_ = false;         // guarded by mutex_
  std::atomic<bool> stopping_lookups_{false};
  base::UniqueFd wake_;        // an eventfd that ends the poll() of loop()
  std::optional<Worker> nss_;  // where there is a system to ask
  std::thread thread_;
};

}  // namespace audio_stream::transport
