#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <tl/expected.hpp>

#include <deque>
#include <mutex>
#include <thread>

namespace audio_stream::transport {

/// Turns host names into addresses, on a thread of its own, any number at a time.
///
/// Asynchronous all the way (c-ares), because a getaddrinfo() that hangs can neither be cancelled
/// nor joined, and with it would hang the other lookups and the unloading of the module. Reads
/// resolv.conf and hosts anew whenever it was idle.
class Resolver {
 public:
  /// IPv6 and IPv4 in the order of RFC 6724, or the reason why there is none.
  using Result = tl::expected<std::vector<boost::asio::ip::address>, std::string>;
  using Handler = std::function<void(Result)>;

  /// Asks the name servers of resolv.conf, or `servers` ("host:port,..."), if there are any.
  explicit Resolver(std::string servers = {});
  /// Drops what is under way: its handlers are not called any more.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Any thread. `handler` is called once, on `context`, which must outlive this resolver.
  void resolve(std::string host, boost::asio::io_context& context, Handler handler);

 private:
  struct Request {
    std::string host;
    boost::asio::io_context* context;
    Handler handler;
  };
  class Lookups;

  void loop();

  const std::string servers_;
  std::mutex mutex_;
  std::deque<Request> requests_;  // guarded by mutex_
  bool stopping_ = false;         // guarded by mutex_
  int bell_;                      // an eventfd that ends the poll() of loop()
  std::thread thread_;
};

}  // namespace audio_stream::transport
