#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "transport/byte_stream.hpp"
#include "transport/errors.hpp"
#include "transport/websocket.hpp"
#include "websocket/deflate.hpp"
#include "websocket/frame.hpp"
#include "websocket/message_reader.hpp"

namespace audio_stream::transport {

class IoThread;

/// An open WebSocket: messages, pings and the close (RFC 6455) over a byte stream.
///
/// Reading: one turn reads at most the thread's read buffer (16 KiB) and handles a bounded number
/// of events, then lets the thread do other work. Of the pings in one turn, only the last is
/// answered (RFC 6455, 5.5.3 allows that). While reading is paused, the rest of the last read is
/// kept here. Everything else stays in the kernel, which slows the server down.
///
/// Writing: a frame goes to the socket at once. The part that the socket does not accept is queued
/// in `rest_`: at most one message, one pong, one ping and the close frame.
///
/// One I/O thread only. The handlers of its waits share ownership.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Settings {
    std::size_t message_bytes = 0;  ///< WebSocketLimits::message_bytes
    bool deflate_audio = false;
  };

  /// How long a server may take to answer our close frame, and then to close TCP.
  static constexpr std::chrono::milliseconds kCloseDeadline{2000};
  /// Shorter texts are not compressed: it would not pay.
  static constexpr std::size_t kWorthCompressing = 256;

  /// `deflate`: as negotiated. `listener` is called until on_closed() or detach().
  Connection(IoThread& io, std::unique_ptr<ByteStream> stream,
             std::optional<websocket::DeflateParameters> deflate, const Settings& settings,
             WebSocket::Listener& listener);

  /// Begins to read; first takes `ahead`, the bytes that came with the handshake's answer.
  void begin(std::vector<std::byte> ahead);

  // See WebSocket.
  bool send(websocket::Opcode opcode, std::span<const std::byte> message, bool more);
  void ping();
  void pause_reading() noexcept { paused_ = true; }
  void resume_reading();
  [[nodiscard]] bool reading_paused() const noexcept { return paused_; }
  void close(int code, const std::string& reason);
  [[nodiscard]] Traffic traffic() const { return stream_->traffic(); }
  [[nodiscard]] Progress progress() const { return stream_->progress(); }
  [[nodiscard]] std::uint64_t written() const noexcept { return stream_->bytes_written(); }
  void detach();

 private:
  enum class Phase : std::uint8_t {
    open,
    closing,  ///< our close frame is sent or queued; the server's is awaited
    leaving,  ///< both are, or the server violated the protocol: waiting for TCP to close
    over,     ///< the listener got its last call, or was detached
  };

  void read_when_ready(ByteStream::Need need);
  void post_read();
  void read_turn();
  void read();
  void take(std::span<const std::byte> bytes, bool more);
  void keep(std::span<const std::byte> bytes);
  [[nodiscard]] bool is_holding() const noexcept { return paused_ && phase_ == Phase::open; }
  void handle(websocket::Event& event);
  void answer_ping();
  void on_close_frame(const websocket::Close& close);
  void on_violation(const websocket::Violation& violation);
  void on_read_error(const ByteStream::Error& error);

  [[nodiscard]] bool is_to_be_compressed(websocket::Opcode opcode,
                                         std::size_t bytes) const noexcept;
  void send_control(websocket::Opcode opcode, std::span<const std::byte> payload);
  bool write(std::span<const std::byte> frame, bool more);
  void write_when_ready(ByteStream::Need need);
  void on_writable();
  void on_write_error(const ByteStream::Error& error);

  void leave(Closure closure);
  void end_after(std::chrono::milliseconds time, const std::string& why);
  void lost(const std::string& why);
  void finish();

  // Used for each message, so kept close together.
  IoThread& io_;
  WebSocket::Listener* listener_;  // null after the last call
  std::unique_ptr<ByteStream> stream_;
  std::vector<std::byte> rest_;  // bytes of frames that the socket did not accept
  Phase phase_ = Phase::open;
  const bool deflate_;
  const Settings settings_;
  bool in_flight_ = false;      // rest_ holds a message of send()
  bool waits_to_read_ = false;  // a wait for the socket is pending
  bool read_posted_ = false;    // a read turn is posted
  bool paused_ = false;
  bool more_to_take_ = false;            // the reader said `again`
  bool ping_due_ = false;                // a ping waits for rest_ to empty
  std::optional<std::string> pong_due_;  // payload of a pong that waits for rest_ to empty
  std::vector<std::byte> kept_;          // read but not yet taken
  websocket::MessageReader reader_;
  std::optional<ByteStream::Error> write_error_;
  boost::asio::steady_timer deadline_;
  int close_code_ = 0;  // of our close frame, from closing on
  Closure closure_;     // from leaving on
};

}  // namespace audio_stream::transport
