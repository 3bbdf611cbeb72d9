#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include "transport/tcp_socket.hpp"

namespace audio_stream::transport {

/// TLS over a TCP socket: OpenSSL works on the socket itself, which never blocks, and is asked
/// again when the socket is ready. Asio's own TLS stream goes through four buffers of 17 KiB for
/// each connection, and copies each record twice; this has none, and a record costs what OpenSSL
/// takes.
///
/// An AsyncStream as Asio has it. One read and one write at a time, on the socket's thread.
class TlsStream {
 public:
  using Socket = TcpSocket;
  using Error = boost::system::error_code;
  using executor_type = Socket::executor_type;  // NOLINT: Asio's name
  using next_layer_type = Socket;               // NOLINT: Beast's name

  /// `context` outlives the stream, or is counted by it (OpenSSL does).
  TlsStream(Socket socket, SSL_CTX* context);

  executor_type get_executor() noexcept { return socket_.get_executor(); }
  Socket& next_layer() noexcept { return socket_; }
  const Socket& next_layer() const noexcept { return socket_; }
  [[nodiscard]] SSL* native_handle() noexcept { return ssl_.get(); }

  /// The certificate must be for `host`, a name or an address (RFC 6125).
  void verify_host(const std::string& host);

  /// Writes what the socket takes now: all of `bytes`, or nothing, or an error. After nothing the
  /// very same bytes have to be offered again. They are a record of their own, whatever follows.
  std::size_t write_now(std::span<const std::byte> bytes, bool more, Error& error) noexcept;

  template <class Handler>  // void(Error)
  void async_handshake(Handler&& handler) {
    go_on([this] { return shake_hands(); },
          [handler = std::forward<Handler>(handler)](const Error& error, std::size_t) mutable {
            handler(error);
          },
          true);
  }

  /// Says goodbye (close_notify), and reads on until the server has, or ends TCP.
  template <class Handler>  // void(Error)
  void async_shutdown(Handler&& handler) {
    go_on([this] { return say_goodbye(); },
          [handler = std::forward<Handler>(handler)](const Error& error, std::size_t) mutable {
            handler(error);
          },
          true);
  }

  template <class Buffers, class Handler>  // void(Error, std::size_t)
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    const auto into = first_of<boost::asio::mutable_buffer>(buffers);
    go_on([this, into] { return read(into); }, std::forward<Handler>(handler), true);
  }

  template <class Buffers, class Handler>  // void(Error, std::size_t)
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    go_on(
        [this, buffers] {
          // A frame's header and the beginning of its payload are one record, not two.
          std::array<std::byte, kGathered> gathered;  // NOLINT: buffer_copy() fills it
          const auto first = first_of<boost::asio::const_buffer>(buffers);
          if (first.size() >= kGathered) return write(first);
          return write(
              {gathered.data(), boost::asio::buffer_copy(boost::asio::buffer(gathered), buffers)});
        },
        std::forward<Handler>(handler), true);
  }

 private:
  static constexpr std::size_t kGathered = 4096 + 64;  // what Beast writes at once

  enum class Wants : std::uint8_t { nothing, to_read, to_write };
  /// What came of a call of OpenSSL's.
  struct Progress {
    Wants wants;
    std::size_t bytes;
    Error error;
  };
  struct Free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };

  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
      if (Buffer buffer{*it}; buffer.size() > 0) return buffer;
    }
    return {};
  }

  /// Takes a step, and again whenever the socket is ready for it; not from inside the call that
  /// begins does it call the handler.
  template <class Step, class Handler>
  void go_on(Step step, Handler&& handler, bool begins) {
    const Progress progress = step();
    if (progress.wants != Wants::nothing) {
      const auto readiness =
          progress.wants == Wants::to_read ? Socket::wait_read : Socket::wait_write;
      socket_.async_wait(readiness, [this, step, handler = std::forward<Handler>(handler)](
                                        const Error& error) mutable {
        if (error) {
          handler(error, std::size_t{0});
        } else {
          go_on(step, std::move(handler), false);
        }
      });
    } else if (begins) {
      boost::asio::post(get_executor(),
                        [progress, handler = std::forward<Handler>(handler)]() mutable {
                          handler(progress.error, progress.bytes);
                        });
    } else {
      handler(progress.error, progress.bytes);
    }
  }

  Progress shake_hands() noexcept;
  Progress say_goodbye() noexcept;
  Progress read(boost::asio::mutable_buffer into) noexcept;
  Progress write(boost::asio::const_buffer from) noexcept;
  Progress judge(int result, std::size_t bytes) noexcept;

  Socket socket_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace audio_stream::transport
