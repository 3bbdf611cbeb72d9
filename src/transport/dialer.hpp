#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <tl/expected.hpp>

#include "transport/deadlines.hpp"
#include "transport/errors.hpp"
#include "transport/tcp_socket.hpp"

namespace audio_stream::transport {

class Resolver;

/// Makes a TCP connection to a host by RFC 8305 ("happy eyeballs"). It looks the name up, then
/// tries the addresses in turn, alternating IPv6 and IPv4. The next attempt starts when one fails
/// or has taken 250 ms. The first to connect wins. One I/O thread only.
class Dialer : public std::enable_shared_from_this<Dialer> {
 public:
  using Socket = TcpSocket;
  using Handler = std::function<void(tl::expected<Socket, Failure>)>;

  /// `host` is a name, or an address without brackets. Uses `deadlines.resolve` and
  /// `deadlines.connect`; the latter covers all addresses together.
  Dialer(boost::asio::io_context& context, Resolver& resolver, std::string host, std::uint16_t port,
         const Deadlines& deadlines);

  /// Calls `handler` once, unless cancelled before.
  void dial(Handler handler);
  void cancel();

  /// The time between the starts of two attempts (RFC 8305, 8).
  static constexpr std::chrono::milliseconds kAttemptDelay{250};

 private:
  struct Attempt;
  using AttemptPtr = std::shared_ptr<Attempt>;

  void look_up();
  void connect(const std::vector<boost::asio::ip::address>& addresses);
  void try_next();
  [[nodiscard]] bool attempt(const boost::asio::ip::address& address);
  void on_done(const AttemptPtr& attempt, const boost::system::error_code& error);
  void drop_attempts();
  void note(bool ipv6, const std::string& why);
  [[nodiscard]] std::string last_reasons() const;
  void expire_after(std::chrono::milliseconds deadline, std::function<void()> action);
  void fail(ErrorCode code, const std::string& why);
  void finish(tl::expected<Socket, Failure> result);

  boost::asio::io_context& context_;
  Resolver& resolver_;
  const std::string host_;
  const std::uint16_t port_;
  const Deadlines deadlines_;
  Handler handler_;                                  // empty once called or cancelled
  boost::asio::steady_timer deadline_;               // of the lookup, then of all attempts
  boost::asio::steady_timer turn_;                   // starts the next attempt
  std::vector<boost::asio::ip::address> addresses_;  // left to try, last first
  std::vector<AttemptPtr> attempts_;                 // pending
  std::string ipv6_reason_;                          // why the last IPv6 attempt failed
  std::string ipv4_reason_;
};

}  // namespace audio_stream::transport
