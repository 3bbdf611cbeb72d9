#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <tl/expected.hpp>

#include "transport/errors.hpp"
#include "transport/url.hpp"

namespace audio_stream::transport {

class Resolver;

/// Makes a TCP connection to a URL's host: looks it up, then tries each address in turn.
/// On one I/O thread.
class Dialer : public std::enable_shared_from_this<Dialer> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Handler = std::function<void(tl::expected<Socket, Failure>)>;

  struct Deadlines {
    std::chrono::milliseconds resolve;
    std::chrono::milliseconds connect;  ///< of each address
  };

  Dialer(boost::asio::io_context& context, Resolver& resolver, const Url& url, Deadlines deadlines);

  /// Calls `handler` once, unless cancelled first.
  void dial(Handler handler);
  void cancel();

 private:
  void look_up();
  void try_next();
  void expire_after(std::chrono::milliseconds deadline, std::function<void()> action);
  void fail(ErrorCode code, const std::string& why);
  void finish(tl::expected<Socket, Failure> result);

  boost::asio::io_context& context_;
  Resolver& resolver_;
  const std::string host_;
  const std::uint16_t port_;
  const Deadlines deadlines_;
  Handler handler_;  // empty once called or cancelled
  Socket socket_;
  boost::asio::steady_timer timer_;
  std::vector<boost::asio::ip::address> addresses_;  // left to try, last first
  std::string last_error_;
};

}  // namespace audio_stream::transport
