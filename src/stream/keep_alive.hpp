#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "control/options.hpp"
#include "stream/guarded.hpp"
#include "stream/liveness.hpp"
#include "stream/server_link.hpp"

namespace audio_stream::stream {

/// Pings the server and notices that it no longer answers.
///
/// STREAM_HEART_BEAT pings while nothing else is sent. A ping without a pong means that the server
/// is lost. STREAM_LIVENESS pings beside audio too (Liveness). While reading is paused, or after
/// this thread was away, an answer may wait unread, so it does not count as missing.
///
/// Runs on the stream's I/O thread.
class KeepAlive {
 public:
  using Clock = std::chrono::steady_clock;

  /// All references outlive it.
  struct Parts {
    const control::Options& options;
    ServerLink& link;
    boost::asio::io_context& context;
    RunGuarded guarded;
    std::function<void()> on_lost;  ///< the server does not answer
  };

  explicit KeepAlive(Parts parts);
  ~KeepAlive();
  KeepAlive(const KeepAlive&) = delete;
  KeepAlive& operator=(const KeepAlive&) = delete;

  void on_open(Clock::time_point now) noexcept;
  /// The connection takes messages: the first ping goes out.
  void start(Clock::time_point now);
  void on_disconnected();

  void on_sent(Clock::time_point now) noexcept { last_sent_ = now; }
  /// A message arrived.
  void on_heard(Clock::time_point now) noexcept { liveness_.heard(now); }
  void on_pong(Clock::time_point now) noexcept;
  /// Called a few times a second.
  void check(Clock::time_point now);

  /// The mean of all connections' round trips; none without a pong.
  [[nodiscard]] std::optional<std::chrono::microseconds> round_trip() const noexcept {
    return liveness_.round_trip();
  }

 private:
  void ping(Clock::time_point now);
  void arm();
  void on_timer();

  const Parts parts_;
  Liveness liveness_;
  bool awaiting_pong_ = false;
  Clock::time_point last_sent_;
  Clock::time_point last_check_;
  boost::asio::steady_timer heartbeat_;
  std::shared_ptr<KeepAlive*> self_;  // tells the timer's handler whether this still exists
};

}  // namespace audio_stream::stream
