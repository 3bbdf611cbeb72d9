#include "transport/connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "transport/io_thread.hpp"
#include "websocket/closing.hpp"
#include "websocket/frame_writer.hpp"

namespace audio_stream::transport {
namespace {

using websocket::Opcode;

// One turn of reading handles this many events; a part of 1 KiB counts as one more. That is about
// half a millisecond for messages that cost 10 us each.
constexpr std::size_t kEventsATurn = 48;
constexpr std::size_t kBytesAnEvent = 1024;

std::size_t weight_of(const websocket::Event& event) noexcept {
  std::size_t bytes = 0;
  if (const auto* text = std::get_if<websocket::Text>(&event)) bytes = text->text.size();
  if (const auto* binary = std::get_if<websocket::Binary>(&event)) bytes = binary->part.size();
  return 1 + bytes / kBytesAnEvent;
}

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span{text.data(), text.size()});
}

}  // namespace

Connection::Connection(IoThread& io, std::unique_ptr<ByteStream> stream,
                       std::optional<websocket::DeflateParameters> deflate,
                       const Settings& settings, WebSocket::Listener& listener)
    : io_{io},
      listener_{&listener},
      stream_{std::move(stream)},
      deflate_{deflate && deflate->client_max_window_bits >= IoThread::kDeflateWindowBits},
      settings_{settings},
      reader_{{settings.message_bytes}, deflate},
      deadline_{io.context()} {}

// ---- reading ----------------------------------------------------------------------------------

void Connection::begin(std::vector<std::byte> ahead) {
  kept_ = std::move(ahead);
  post_read();
}

void Connection::resume_reading() {
  if (!std::exchange(paused_, false)) return;
  if (!waits_to_read_ || write_error_) post_read();
}

void Connection::read_when_ready(ByteStream::Need need) {
  waits_to_read_ = true;
  stream_->wait(need, [self = shared_from_this()](const ByteStream::Error& error) {
    self->waits_to_read_ = false;
    if (!error && self->phase_ != Phase::over) self->read_turn();
  });
}

/// Reads after the thread's other pending work.
void Connection::post_read() {
  if (std::exchange(read_posted_, true)) return;
  boost::asio::post(io_.context(), [self = shared_from_this()] {
    self->read_posted_ = false;
    if (self->phase_ == Phase::over || (self->waits_to_read_ && !self->write_error_)) return;
    self->read_turn();
  });
}

void Connection::read_turn() {
  if (is_holding()) return;  // resume_reading() continues
  if (kept_.empty() && !more_to_take_) {
    read();
    return;
  }
  const auto kept = std::exchange(kept_, {});
  take(kept, true);
}

void Connection::read() {
  const std::span<std::byte> buffer = io_.read_buffer();
  const ByteStream::Step step = stream_->read(buffer);
  if (step.error) {
    on_read_error(step.error);
  } else if (step.bytes == 0) {
    if (write_error_) {
      on_read_error(*write_error_);
    } else {
      read_when_ready(step.need);
    }
  } else if (phase_ == Phase::leaving) {
    post_read();  // only the end of the stream matters now
  } else {
    take(buffer.first(step.bytes), step.more);
  }
}

/// `more`: more may be readable without a wait.
void Connection::take(std::span<const std::byte> bytes, bool more) {
  std::size_t work = 0;
  while (!bytes.empty() || more_to_take_) {
    if (is_holding() || work >= kEventsATurn) {
      keep(bytes);
      answer_ping();
      if (!is_holding() && phase_ != Phase::over) post_read();
      return;
    }
    auto step = reader_.next(bytes);
    bytes = bytes.subspan(step.consumed);
    more_to_take_ = step.again;
    work += weight_of(step.event);
    handle(step.event);
    if (phase_ == Phase::over) return;
  }
  answer_ping();
  if (phase_ == Phase::over) return;
  if (more || write_error_) {
    post_read();
  } else if (!waits_to_read_) {
    read_when_ready(ByteStream::Need::readable);
  }
}

void Connection::keep(std::span<const std::byte> bytes) {
  kept_.assign(bytes.begin(), bytes.end());
}

void Connection::handle(websocket::Event& event) {
  if (auto* text = std::get_if<websocket::Text>(&event)) {
    if (phase_ == Phase::open) listener_->on_text(std::move(text->text));
  } else if (const auto* binary = std::get_if<websocket::Binary>(&event)) {
    if (phase_ == Phase::open) listener_->on_binary(binary->part, binary->last);
  } else if (const auto* ping = std::get_if<websocket::Ping>(&event)) {
    pong_due_ = std::string{ping->payload};
  } else if (std::holds_alternative<websocket::Pong>(event)) {
    if (phase_ == Phase::open) listener_->on_pong();
  } else if (const auto* close = std::get_if<websocket::Close>(&event)) {
    on_close_frame(*close);
  } else if (const auto* violation = std::get_if<websocket::Violation>(&event)) {
    on_violation(*violation);
  }
}

/// Answers only the last ping of this turn.
void Connection::answer_ping() {
  if (!pong_due_ || !rest_.empty() || phase_ != Phase::open) return;
  const auto payload = *std::exchange(pong_due_, std::nullopt);
  send_control(Opcode::pong, bytes_of(payload));
}

void Connection::on_close_frame(const websocket::Close& close) {
  if (phase_ == Phase::closing) {
    leave({close_code_, reason_of(close_code_), false});
    return;
  }
  if (phase_ != Phase::open) return;
  send_control(Opcode::close, websocket::ClosePayload{close.code, ""}.bytes());
  leave({close.code, close.reason.empty() ? reason_of(close.code) : close.reason, true});
}

/// After our close frame is sent, a violation of the server's changes nothing.
void Connection::on_violation(const websocket::Violation& violation) {
  if (phase_ == Phase::closing) {
    leave({close_code_, reason_of(close_code_), false});
    return;
  }
  if (phase_ != Phase::open) return;
  send_control(Opcode::close,
               websocket::ClosePayload{violation.close_code, violation.what}.bytes());
  leave({violation.close_code,
         reason_of(violation.close_code) + ": the server sent " + violation.what, false});
}

void Connection::on_read_error(const ByteStream::Error& error) {
  if (phase_ == Phase::leaving) {
    finish();
  } else {
    lost(error.message());
  }
}

// ---- writing ----------------------------------------------------------------------------------

bool Connection::is_to_be_compressed(Opcode opcode, std::size_t bytes) const noexcept {
  if (!deflate_) return false;
  return opcode == Opcode::text ? bytes >= kWorthCompressing : settings_.deflate_audio;
}

bool Connection::send(Opcode opcode, std::span<const std::byte> message, bool more) {
  if (phase_ != Phase::open) return false;  // the listener will be told of the end
  bool compressed = false;
  if (is_to_be_compressed(opcode, message.size())) {
    auto& smaller = io_.deflated();
    compressed = io_.deflater().compress(message, smaller);
    if (compressed) message = smaller;
  }
  auto& scratch = io_.scratch();
  scratch.resize(std::max(scratch.size(), websocket::frame_size(message.size())));
  const bool gone =
      write(websocket::write_frame(opcode, compressed, message, io_.masking_keys().next(), scratch),
            more);
  io_.tidy_scratch();
  if (gone) return true;
  in_flight_ = true;
  return false;
}

void Connection::ping() {
  if (phase_ != Phase::open) return;
  if (rest_.empty()) {
    send_control(Opcode::ping, {});
  } else {
    ping_due_ = true;
  }
}

void Connection::send_control(Opcode opcode, std::span<const std::byte> payload) {
  std::array<std::byte, websocket::frame_size(125)> frame;  // NOLINT: write_frame() fills it
  static_cast<void>(write(
      websocket::write_frame(opcode, false, payload, io_.masking_keys().next(), frame), false));
}

/// True if the socket accepted all of it. Otherwise the rest is queued.
bool Connection::write(std::span<const std::byte> frame, bool more) {
  if (!rest_.empty()) {  // the socket is full already
    rest_.insert(rest_.end(), frame.begin(), frame.end());
    return false;
  }
  const ByteStream::Step step = stream_->write(frame, more);
  if (step.bytes == frame.size()) return true;
  rest_.assign(frame.begin() + static_cast<std::ptrdiff_t>(step.bytes), frame.end());
  if (step.error) {
    on_write_error(step.error);
  } else {
    write_when_ready(step.need);
  }
  return false;
}

void Connection::write_when_ready(ByteStream::Need need) {
  stream_->wait(need, [self = shared_from_this()](const ByteStream::Error& error) {
    if (!error && self->phase_ != Phase::over && !self->write_error_) self->on_writable();
  });
}

void Connection::on_writable() {
  const ByteStream::Step step = stream_->write(rest_, false);
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(step.bytes));
  if (step.error) {
    on_write_error(step.error);
    return;
  }
  if (!rest_.empty()) {
    write_when_ready(step.need);
    return;
  }
  rest_ = {};
  if (phase_ == Phase::leaving) {
    stream_->finish_writing();
    return;
  }
  answer_ping();
  if (std::exchange(ping_due_, false)) ping();
  if (std::exchange(in_flight_, false)) listener_->on_sent();
}

/// The last messages of the server say more than the error, so they are read first; the connection
/// ends when nothing more can be read. While reading is paused, that waits for resume_reading(),
/// because the listener cannot take another message. Posted, so that the listener is not called
/// from inside its own call.
void Connection::on_write_error(const ByteStream::Error& error) {
  write_error_ = error;
  boost::asio::post(io_.context(), [self = shared_from_this()] {
    if (self->phase_ != Phase::over && !self->is_holding()) self->post_read();
  });
}

// ---- the end ----------------------------------------------------------------------------------

void Connection::close(int code, const std::string& reason) {
  if (phase_ != Phase::open) return;
  phase_ = Phase::closing;
  close_code_ = code;
  send_control(Opcode::close, websocket::ClosePayload{code, reason}.bytes());
  end_after(kCloseDeadline,
            "no close frame came within " + std::to_string(kCloseDeadline.count()) + " ms");
  // Everything up to the server's close frame is read and discarded.
  if (!waits_to_read_) post_read();
}

/// Waits for the server to close TCP (RFC 6455, 7.1.1), or for the deadline.
void Connection::leave(Closure closure) {
  phase_ = Phase::leaving;
  closure_ = std::move(closure);
  kept_ = {};
  more_to_take_ = false;
  if (rest_.empty()) stream_->finish_writing();
  end_after(kCloseDeadline, "");
}

void Connection::end_after(std::chrono::milliseconds time, const std::string& why) {
  deadline_.expires_after(time);
  deadline_.async_wait(
      [self = shared_from_this(), why](const boost::system::error_code& cancelled) {
        const bool over = self->deadline_.expiry() <= std::chrono::steady_clock::now();
        if (cancelled || !over) return;
        if (self->phase_ == Phase::closing) self->lost(why);
        if (self->phase_ == Phase::leaving) self->finish();
      });
}

void Connection::lost(const std::string& why) {
  closure_ = {1006, reason_of(1006) + ": " + why, false};
  finish();
}

void Connection::finish() {
  phase_ = Phase::over;
  deadline_.cancel();
  stream_->close();
  if (auto* listener = std::exchange(listener_, nullptr)) listener->on_closed(closure_);
}

void Connection::detach() {
  phase_ = Phase::over;
  listener_ = nullptr;
  deadline_.cancel();
  stream_->close();
}

}  // namespace audio_stream::transport
