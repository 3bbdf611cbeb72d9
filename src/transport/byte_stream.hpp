#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include "transport/progress.hpp"
#include "transport/tcp_socket.hpp"
#include "transport/traffic.hpp"

namespace audio_stream::transport {

/// A connected stream of bytes: TCP, or TLS over it. It never blocks and starts nothing by itself.
///
/// It owns the descriptor, and is the one place that knows whether it was closed: after close() no
/// call reads or writes, since the number may be somebody else's by then. A caller that was told to
/// wait() hears `operation_aborted` then. One I/O thread's.
class ByteStream {
 public:
  using Error = boost::system::error_code;

  /// What the socket must become before the same call can go on. TLS may have to read in order to
  /// write, and the other way round.
  enum class Need : std::uint8_t { nothing, readable, writable };

  /// What came of a call: bytes, or a need, or an error.
  struct Step {
    std::size_t bytes = 0;
    Need need = Need::nothing;
    Error error;        ///< asio::error::eof: the server ended its side in good order
    bool more = false;  ///< of read(): there may be more without a wait
  };

  explicit ByteStream(TcpSocket socket) noexcept : socket_{std::move(socket)} {}
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Reads what is there, up to the size of `into`, which is not empty.
  [[nodiscard]] Step read(std::span<std::byte> into) noexcept {
    return is_open() ? read_open(into) : closed();
  }

  /// Writes what the socket takes now. After a need the next call must offer the same bytes again,
  /// and may offer more behind them. With `more` to be written at once, TCP may wait for that, for
  /// 200 ms at the most.
  [[nodiscard]] Step write(std::span<const std::byte> bytes, bool more) noexcept {
    return is_open() ? write_open(bytes, more) : closed();
  }

  /// Nothing more will be written: close_notify with TLS, then FIN. Reading goes on. What the
  /// socket does not take at once is not sent.
  void finish_writing() noexcept {
    if (is_open()) finish_writing_open();
  }

  /// Closes the descriptor. Progress and traffic stay as they are then.
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

  /// `handler` is called once, never from inside this call.
  template <class Handler>  // void(const Error&)
  void wait(Need need, Handler&& handler) {
    socket_.async_wait(need == Need::readable ? TcpSocket::wait_read : TcpSocket::wait_write,
                       std::forward<Handler>(handler));
  }

  [[nodiscard]] Progress progress() const noexcept;
  /// progress().written, without a system call.
  [[nodiscard]] std::uint64_t bytes_written() const noexcept {
    return is_open() ? written() : progress_.written;
  }
  [[nodiscard]] Traffic traffic() const noexcept;

 protected:
  [[nodiscard]] int descriptor() noexcept { return socket_.native_handle(); }

 private:
  [[nodiscard]] virtual Step read_open(std::span<std::byte> into) noexcept = 0;
  [[nodiscard]] virtual Step write_open(std::span<const std::byte> bytes, bool more) noexcept = 0;
  virtual void finish_writing_open() noexcept = 0;
  /// The descriptor is about to go.
  virtual void closing() noexcept {}
  /// Bytes given to the kernel so far.
  [[nodiscard]] virtual std::uint64_t written() const noexcept = 0;

  [[nodiscard]] static Step closed() noexcept {
    return {0, Need::nothing, boost::asio::error::operation_aborted, false};
  }

  mutable TcpSocket socket_;  // Asio gives the descriptor of a non-const one only
  Progress progress_;         // as it was when the socket was closed
  Traffic traffic_;           // the same
};

}  // namespace audio_stream::transport
