#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <tl/expected.hpp>

#include "transport/errors.hpp"
#include "transport/proxy.hpp"
#include "transport/tcp_socket.hpp"
#include "transport/url.hpp"

namespace audio_stream::transport {

/// Asks a proxy over an open TCP connection to connect to a URL's host (RFC 9110, 9.3.6). The proxy
/// resolves the host's name. One I/O thread only.
class ProxyTunnel : public std::enable_shared_from_this<ProxyTunnel> {
 public:
  using Socket = TcpSocket;
  using Handler = std::function<void(tl::expected<Socket, Failure>)>;

  /// `deadline` covers everything: the proxy answers only when it has connected.
  ProxyTunnel(Socket socket, const Proxy& proxy, const Url& url,
              std::chrono::milliseconds deadline);

  /// Calls `handler` once, unless cancelled before. Only the proxy's answer has been read from the
  /// socket that it gets.
  void open(Handler handler);
  void cancel();

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::empty_body>;

  void read_answer();
  void judge(const boost::system::error_code& error);
  void fail(ErrorCode code, int status, const std::string& why);
  void finish(tl::expected<Socket, Failure> result);

  Socket socket_;
  const std::string name_;    ///< the proxy, for messages
  const std::string target_;  ///< "host:port"
  const std::chrono::milliseconds deadline_;
  std::string request_;
  Handler handler_;  // empty once called or cancelled
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
};

}  // namespace audio_stream::transport
