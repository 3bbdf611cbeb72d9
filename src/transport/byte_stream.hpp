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

/// A connected stream of bytes: TCP, or TLS over TCP. It never blocks and starts no operation by
/// itself.
///
/// It owns the descriptor and is the only class that knows whether it is closed. After close() no
/// call reads or writes, because the descriptor's number may already belong to another file. A
/// pending wait() then ends with `operation_aborted`. One I/O thread only.
class ByteStream {
 public:
  using Error = boost::system::error_code;

  /// What the socket must become before the same call can continue. TLS may have to read in order
  /// to write, and to write in order to read.
  enum class Need : std::uint8_t { nothing, readable, writable };

  /// The result of a call: bytes, a need, or an error.
  struct Step {
    std::size_t bytes = 0;
    Need need = Need::nothing;
    Error error;        ///< asio::error::eof: the server closed its side properly
    bool more = false;  ///< of read(): more may be available without a wait
  };

  explicit ByteStream(TcpSocket socket) noexcept : socket_{std::move(socket)} {}
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Reads the available bytes into `into`, which must not be empty.
  [[nodiscard]] Step read(std::span<std::byte> into) noexcept {
    return is_open() ? read_open(into) : closed();
  }

  /// Writes what the socket accepts now. After a need, the next call must offer the same bytes
  /// again, and may offer more after them. `more` announces another write at once: TCP may wait for
  /// it, up to 200 ms.
  [[nodiscard]] Step write(std::span<const std::byte> bytes, bool more) noexcept {
    return is_open() ? write_open(bytes, more) : closed();
  }

  /// Ends writing: close_notify with TLS, then FIN. Reading continues. Bytes that the socket does
  /// not accept at once are not sent.
  void finish_writing() noexcept {
    if (is_open()) finish_writing_open();
  }

  /// Closes the descriptor. progress() and traffic() then keep their last values.
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

  /// Calls `handler` once, never from inside this call.
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
  /// Called before the descriptor is closed.
  virtual void closing() noexcept {}
  /// Bytes given to the kernel so far.
  [[nodiscard]] virtual std::uint64_t written() const noexcept = 0;

  [[nodiscard]] static Step closed() noexcept {
    return {0, Need::nothing, boost::asio::error::operation_aborted, false};
  }

  mutable TcpSocket socket_;  // mutable: Asio returns the descriptor only of a non-const socket
  Progress progress_;         // the value when the socket was closed
  Traffic traffic_;           // likewise
};

}  // namespace audio_stream::transport
