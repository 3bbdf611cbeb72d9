#include "stream/sender.hpp"

#include <boost/asio/post.hpp>

#include <cstddef>
#include <utility>
#include <variant>

namespace audio_stream::stream {
namespace {

// The number of messages of a stream sent in one turn, before other streams get theirs.
constexpr std::size_t kSentAtATime = 64;

}  // namespace

Sender::Sender(Parts parts)
    : parts_{std::move(parts)}, pace_{parts_.context}, self_{std::make_shared<Sender*>(this)} {}

Sender::~Sender() {
  *self_ = nullptr;
}

void Sender::on_open(Clock::time_point now) noexcept {
  acknowledged_ = 0;
  acknowledged_at_ = now;
}

void Sender::on_disconnected() {
  pace_.cancel();
  parts_.outbox.on_connection_lost(parts_.link.is_open() ? parts_.link.progress().acknowledged : 0);
}

void Sender::send(bool draining) {
  std::size_t sent = 0;
  const auto now = Clock::now();
  while (parts_.link.takes_messages() && !parts_.outbox.in_flight() && send_next(now, draining)) {
    if (++sent < kSentAtATime) continue;
    boost::asio::post(parts_.context, [self = self_] {
      if (*self != nullptr) (*self)->parts_.guarded((*self)->parts_.pump);
    });
    break;
  }
}

/// Begins to send the next message. False if there is none, or not yet.
bool Sender::send_next(Clock::time_point now, bool draining) {
  const Outbox::Next next = parts_.outbox.next(now, draining);
  if (const auto* send = std::get_if<Outbox::Send>(&next)) {
    if (parts_.link.send(send->message, send->more)) on_sent();
    parts_.keep_alive.on_sent(now);
    return true;
  }
  if (const auto* wait = std::get_if<Outbox::Wait>(&next)) {
    pump_in(wait->time);
    return false;
  }
  if (std::holds_alternative<Outbox::Held>(next)) return false;
  return draining && parts_.on_all_sent();
}

void Sender::on_sent() {
  parts_.outbox.sent(parts_.link.written());
  if (parts_.outbox.progress_check_due()) {
    parts_.outbox.tcp_acknowledged(parts_.link.progress().acknowledged);
  }
}

void Sender::pump_in(std::chrono::milliseconds time) {
  pace_.expires_after(time);
  pace_.async_wait([self = self_](const boost::system::error_code& cancelled) {
    if (!cancelled && *self != nullptr) (*self)->parts_.guarded((*self)->parts_.pump);
  });
}

void Sender::check(Clock::time_point now) {
  parts_.outbox.make_room();
  if (!parts_.link.is_open()) return;
  const auto progress = parts_.link.progress();
  parts_.outbox.tcp_acknowledged(progress.acknowledged);
  const bool outstanding = parts_.outbox.in_flight() || progress.written > progress.acknowledged;
  if (!outstanding || progress.acknowledged != acknowledged_) {
    acknowledged_ = progress.acknowledged;
    acknowledged_at_ = now;
    return;
  }
  const auto patience = parts_.options.timeouts.stall;
  if (patience.count() > 0 && now - acknowledged_at_ >= patience) parts_.on_stalled();
}

}  // namespace audio_stream::stream
