#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/role.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "transport/frame_layer.hpp"
#include "transport/tcp_socket.hpp"
#include "transport/traffic.hpp"

namespace audio_stream::transport {

/// How long a server that we close on, or that closes on us, may keep the TCP connection.
inline constexpr std::chrono::milliseconds kCloseDeadline{2000};

/// Closes TCP, and notes what went over it.
inline void close_and_note(TcpSocket& socket, Traffic& traffic) {
  if (!socket.is_open()) return;
  traffic = traffic_of(socket.native_handle());
  boost::system::error_code ignored;
  socket.close(ignored);
}

/// One connection's goodbye: reads on until the server ends TCP, but not beyond the deadline. The
/// handler holds the stream, so the socket lives as long as this. Beast takes our async_teardown()
/// for our layers. Its own waits for the server to end TCP, for ever if need be, and so leaves a
/// stream hanging whose server closes, or breaks the protocol, but keeps the connection.
template <class Handler>
class Goodbye : public std::enable_shared_from_this<Goodbye<Handler>> {
 public:
  using Socket = TcpSocket;
  using Error = boost::system::error_code;

  Goodbye(Socket& socket, Traffic& traffic, Handler handler)
      : socket_{socket},
        traffic_{traffic},
        handler_{std::move(handler)},
        timer_{socket.get_executor()} {}

  /// Closes TCP when the deadline is over, which ends whatever is under way.
  void set_deadline() {
    timer_.expires_after(kCloseDeadline);
    timer_.async_wait([self = this->shared_from_this()](const Error& cancelled) {
      if (cancelled || self->done_) return;
      close_and_note(self->socket_, self->traffic_);
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
    close_and_note(socket_, traffic_);
    handler_(Error{});
  }

 private:
  Socket& socket_;
  Traffic& traffic_;
  Handler handler_;
  boost::asio::steady_timer timer_;
  std::array<char, 512> discarded_{};
  bool done_ = false;
};

template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, PlainLayer& layer, Handler&& handler) {
  auto goodbye = std::make_shared<Goodbye<std::decay_t<Handler>>>(layer.socket(), layer.traffic,
                                                                  std::forward<Handler>(handler));
  boost::system::error_code ignored;
  layer.socket().shutdown(TcpSocket::shutdown_send, ignored);
  goodbye->set_deadline();
  goodbye->drain();
}

template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, SecureLayer& layer, Handler&& handler) {
  auto goodbye = std::make_shared<Goodbye<std::decay_t<Handler>>>(layer.socket(), layer.traffic,
                                                                  std::forward<Handler>(handler));
  goodbye->set_deadline();
  layer.next_layer().async_shutdown(
      [goodbye](const boost::system::error_code&) { goodbye->finish(); });
}

}  // namespace audio_stream::transport
