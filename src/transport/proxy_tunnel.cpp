#include "transport/proxy_tunnel.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include <utility>

#include "base/redacted.hpp"
#include "transport/remedies.hpp"
#include "transport/user_agent.hpp"

namespace audio_stream::transport {
namespace {

using boost::system::error_code;

constexpr std::size_t kLongestAnswer = std::size_t{16} * 1024;

std::string request_for(const Proxy& proxy, const std::string& target) {
  std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target +
                        "\r\nUser-Agent: " + kUserAgent + "\r\n";
  if (!proxy.authority.userinfo.empty()) {
    request += "Proxy-Authorization: " + basic_credentials(proxy.authority.userinfo) + "\r\n";
  }
  return request + "\r\n";
}

}  // namespace

ProxyTunnel::ProxyTunnel(Socket socket, const Proxy& proxy, const Url& url,
                         std::chrono::milliseconds deadline)
    : socket_{std::move(socket)},
      name_{proxy.display()},
      target_{host_and_port(url.host, url.ipv6, url.port)},
      deadline_{deadline},
      request_{request_for(proxy, target_)},
      timer_{socket_.get_executor()},
      buffer_{kLongestAnswer} {}

void ProxyTunnel::open(Handler handler) {
  handler_ = std::move(handler);
  timer_.expires_after(deadline_);
  timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (cancelled || !self->handler_) return;
    self->fail(ErrorCode::timeout, 0,
               "no answer within " + std::to_string(self->deadline_.count()) + " ms");
  });
  boost::asio::async_write(
      socket_, boost::asio::buffer(request_),
      [self = shared_from_this()](const error_code& error, std::size_t /*bytes*/) {
        if (!self->handler_) return;
        if (error) {
          self->fail(ErrorCode::connect_failed, 0, error.message());
        } else {
          self->read_answer();
        }
      });
}

void ProxyTunnel::cancel() {
  handler_ = nullptr;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

void ProxyTunnel::read_answer() {
  parser_.emplace();
  parser_->header_limit(kLongestAnswer);
  boost::beast::http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](const error_code& error, std::size_t /*bytes*/) {
        if (self->handler_) self->judge(error);
      });
}

void ProxyTunnel::judge(const error_code& error) {
  if (error) {
    const bool ended = error == boost::beast::http::error::end_of_stream;
    fail(ErrorCode::connect_failed, 0,
         ended ? "it closed the connection without an answer" : error.message());
    return;
  }
  const auto& answer = parser_->get();
  const int status = static_cast<int>(answer.result_int());
  if (status >= 100 && status < 200) {  // a final answer follows (RFC 9110, 15.2)
    read_answer();
  } else if (status < 200 || status >= 300) {
    fail(ErrorCode::connect_failed, status,
         "it answers " + std::to_string(status) + " " +
             base::redacted({answer.reason().data(), answer.reason().size()}) +
             remedy_for_status(status));
  } else if (buffer_.size() > 0) {
    // A WebSocket or TLS server does not speak first, so these bytes come from the proxy.
    fail(ErrorCode::connect_failed, status, "it sent more than its answer");
  } else {
    finish(std::move(socket_));
  }
}

void ProxyTunnel::fail(ErrorCode code, int status, const std::string& why) {
  error_code ignored;
  socket_.close(ignored);
  finish(tl::unexpected(Failure{
      code, status, "The proxy " + name_ + " does not connect to " + target_ + ": " + why}));
}

void ProxyTunnel::finish(tl::expected<Socket, Failure> result) {
  timer_.cancel();
  std::exchange(handler_, nullptr)(std::move(result));
}

}  // namespace audio_stream::transport
