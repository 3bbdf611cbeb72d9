#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/role.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <utility>

namespace audio_stream::transport {

/// How long a server that we close on, or that closes on us, may keep the TCP connection.
inline constexpr std::chrono::milliseconds kCloseDeadline{2000};

/// The layers under a Beast WebSocket, in types of our own so that Beast takes our async_teardown()
/// for them. Beast's waits for the server to end TCP, for ever if need be, and so leaves a stream
/// hanging whose server closes, or breaks the protocol, but keeps the connection.
class PlainLayer : public boost::asio::ip::tcp::socket {
 public:
  explicit PlainLayer(boost::asio::ip::tcp::socket socket)
      : boost::asio::ip::tcp::socket{std::move(socket)} {}
};

class SecureLayer : public boost::asio::ssl::stream<boost::asio::ip::tcp::socket> {
 public:
  using Base = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
  SecureLayer(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context)
      : Base{std::move(socket), context} {}
};

/// One connection's goodbye: reads on until the server ends TCP, but not beyond the deadline. The
/// handler holds the stream, so the socket lives as long as this.
template <class Handler>
class Goodbye : public std::enable_shared_from_this<Goodbye<Handler>> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Error = boost::system::error_code;

  Goodbye(Socket& socket, Handler handler)
      : socket_{socket}, handler_{std::move(handler)}, timer_{socket.get_executor()} {}

  /// Closes TCP when the deadline is over, which ends whatever is under way.
  void set_deadline() {
    timer_.expires_after(kCloseDeadline);
    timer_.async_wait([self = this->shared_from_this()](const Error& cancelled) {
      if (cancelled || self->done_) return;
      Error ignored;
      self->socket_.close(ignored);
    });
  }

  void drain() {
    socket_.async_read_some(boost::asio::buffer(discarded_),
                            [self = this->shared_from_this()](const Error& error, std::size_t) {
                              if (error) {
                                self->finish();
                              } else {
                                self->drain();
                              }
                            });
  }

  void finish() {
    done_ = true;
    timer_.cancel();
    Error ignored;
    socket_.close(ignored);
    handler_(Error{});
  }

 private:
  Socket& socket_;
  Handler handler_;
  boost::asio::steady_timer timer_;
  std::array<char, 512> discarded_{};
  bool done_ = false;
};

template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, PlainLayer& layer, Handler&& handler) {
  auto goodbye =
      std::make_shared<Goodbye<std::decay_t<Handler>>>(layer, std::forward<Handler>(handler));
  boost::system::error_code ignored;
  layer.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  goodbye->set_deadline();
  goodbye->drain();
}

template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, SecureLayer& layer, Handler&& handler) {
  auto goodbye = std::make_shared<Goodbye<std::decay_t<Handler>>>(layer.next_layer(),
                                                                  std::forward<Handler>(handler));
  goodbye->set_deadline();
  layer.async_shutdown([goodbye](const boost::system::error_code&) { goodbye->finish(); });
}

}  // namespace audio_stream::transport
