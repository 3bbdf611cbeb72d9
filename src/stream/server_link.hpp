#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dialect/message.hpp"
#include "transport/websocket.hpp"

namespace audio_stream::stream {

/// The current attempt or connection to the server, and the traffic of all connections. Runs on the
/// stream's I/O thread.
class ServerLink {
 public:
  ServerLink() = default;
  ~ServerLink() { drop(); }
  ServerLink(const ServerLink&) = delete;
  ServerLink& operator=(const ServerLink&) = delete;

  /// Begins an attempt. Requires that there is no attempt and no connection.
  void attempt(std::shared_ptr<transport::WebSocket> socket) {
    socket_ = std::move(socket);
    socket_->open();
  }
  /// The attempt became a connection. `busy`: a message of the old connection is still being
  /// handled, so this one is not read before resume_reading().
  void on_open(bool busy) {
    open_ = true;
    closing_ = false;
    reading_paused_ = busy;
    if (busy) socket_->pause_reading();
  }
  /// Drops the attempt or connection. Its WebSocket calls the listener no more.
  void drop() {
    open_ = false;
    past_traffic_ = traffic();
    if (socket_) socket_->detach();
    socket_.reset();
  }

  [[nodiscard]] bool exists() const noexcept { return socket_ != nullptr; }
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  /// This side has sent a close, or the server's has arrived.
  [[nodiscard]] bool is_closing() const noexcept { return closing_; }
  [[nodiscard]] bool takes_messages() const noexcept { return open_ && !closing_; }
  /// The attempt's TCP connection is not yet accepted or refused by any host.
  [[nodiscard]] bool is_dialing() const noexcept { return socket_ && socket_->is_dialing(); }
  /// False if an error in this process ended the WebSocket without a callback.
  [[nodiscard]] bool is_alive() const noexcept { return !socket_ || socket_->is_alive(); }

  // Only while it is open:

  /// As WebSocket::send_text() and send_binary(): true if the kernel took the whole message.
  bool send(const dialect::MessageView& message, bool more) {
    if (message.kind == dialect::MessageKind::binary) {
      return socket_->send_binary(message.bytes, more);
    }
    return socket_->send_text(std::string_view{reinterpret_cast<const char*>(message.bytes.data()),
                                               message.bytes.size()});
  }
  void ping() { socket_->ping(); }
  void close(int code, const std::string& reason) {
    if (!std::exchange(closing_, true)) socket_->close(code, reason);
  }
  [[nodiscard]] transport::Progress progress() const { return socket_->progress(); }
  [[nodiscard]] std::uint64_t written() const { return socket_->written(); }

  // Backpressure.

  void pause_reading() {
    reading_paused_ = true;
    if (socket_) socket_->pause_reading();
  }
  void resume_reading() {
    reading_paused_ = false;
    if (open_) socket_->resume_reading();
  }
  [[nodiscard]] bool reading_paused() const noexcept { return reading_paused_; }

  /// The traffic of all connections together.
  [[nodiscard]] transport::Traffic traffic() const {
    transport::Traffic all = past_traffic_;
    if (socket_) all += socket_->traffic();
    return all;
  }

 private:
  bool open_ = false;
  bool closing_ = false;
  bool reading_paused_ = false;
  std::shared_ptr<transport::WebSocket> socket_;
  transport::Traffic past_traffic_;  // of the earlier connections
};

}  // namespace audio_stream::stream
