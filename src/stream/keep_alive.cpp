#include "stream/keep_alive.hpp"

#include <utility>

namespace audio_stream::stream {
namespace {

// A check or a timer this late means that the thread was away.
constexpr std::chrono::seconds kLate{1};

}  // namespace

KeepAlive::KeepAlive(Parts parts)
    : parts_{std::move(parts)},
      liveness_{parts_.options.timeouts.liveness},
      heartbeat_{parts_.context},
      self_{std::make_shared<KeepAlive*>(this)} {}

KeepAlive::~KeepAlive() {
  *self_ = nullptr;
}

void KeepAlive::on_open(Clock::time_point now) noexcept {
  awaiting_pong_ = false;
  last_sent_ = now;
  last_check_ = now;
  liveness_.connected();
}

void KeepAlive::start(Clock::time_point now) {
  if (parts_.link.takes_messages() && liveness_.ping_is_due(now)) ping(now);
  arm();
}

void KeepAlive::on_disconnected() {
  heartbeat_.cancel();
}

void KeepAlive::on_pong(Clock::time_point now) noexcept {
  awaiting_pong_ = false;
  liveness_.pong(now);
}

void KeepAlive::check(Clock::time_point now) {
  if (parts_.link.takes_messages()) {
    if (parts_.link.reading_paused() || now - last_check_ > kLate) liveness_.heard(now);
    if (liveness_.is_lost(now)) {
      parts_.on_lost();
    } else if (liveness_.ping_is_due(now)) {
      ping(now);
    }
  }
  last_check_ = now;
}

void KeepAlive::ping(Clock::time_point now) {
  liveness_.pinged(now);
  parts_.link.ping();
}

void KeepAlive::arm() {
  const auto interval = parts_.options.timeouts.heartbeat;
  if (interval.count() == 0 || !parts_.link.is_open()) return;
  heartbeat_.expires_at((awaiting_pong_ ? Clock::now() : last_sent_) + interval);
  heartbeat_.async_wait([self = self_](const boost::system::error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    KeepAlive& keep_alive = **self;
    keep_alive.parts_.guarded([&] { keep_alive.on_timer(); });
  });
}

void KeepAlive::on_timer() {
  // A connection that is being closed sends no pings, so no pong is missing. STREAM_LINGER bounds
  // the close.
  if (!parts_.link.takes_messages()) return;
  const auto now = Clock::now();
  const bool may_wait_unread = parts_.link.reading_paused() || now - heartbeat_.expiry() > kLate;
  if (awaiting_pong_ && !may_wait_unread) {
    parts_.on_lost();
    return;
  }
  if (!awaiting_pong_ && now - last_sent_ >= parts_.options.timeouts.heartbeat) {
    awaiting_pong_ = true;
    ping(now);
  }
  arm();
}

}  // namespace audio_stream::stream
