#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "control/options.hpp"
#include "stream/guarded.hpp"
#include "stream/keep_alive.hpp"
#include "stream/outbox.hpp"
#include "stream/server_link.hpp"

namespace audio_stream::stream {

/// Gives the outbox's messages to the connection, one after the other, and watches how far the
/// server's TCP has acknowledged them. On the stream's I/O thread.
class Sender {
 public:
  using Clock = std::chrono::steady_clock;

  /// All references outlive it.
  struct Parts {
    const control::Options& options;
    Outbox& outbox;
    ServerLink& link;
    KeepAlive& keep_alive;
    boost::asio::io_context& context;
    RunGuarded guarded;
    std::function<void()> pump;  ///< calls send() again, when there may be more to send
    /// At the end of a stream everything is sent. True if there is one more message now.
    std::function<bool()> on_all_sent;
    std::function<void()> on_stalled;  ///< the server took nothing for STREAM_STALL_TIME
  };

  explicit Sender(Parts parts);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  void on_open(Clock::time_point now) noexcept;
  /// What was sent and is not acknowledged is sent anew on the next connection.
  void on_disconnected();

  /// Sends whatever can be sent now. `draining`: at the end of a stream, in no measured pace.
  void send(bool draining);
  /// The connection has taken what it could not take at once.
  void on_sent();
  /// Pumps again in so much time.
  void pump_in(std::chrono::milliseconds time);
  /// A few times a second: releases what the server's TCP has acknowledged. A server whose TCP
  /// acknowledges nothing of what it is sent for STREAM_STALL_TIME has stalled.
  void check(Clock::time_point now);

 private:
  bool send_next(Clock::time_point now, bool draining);

  const Parts parts_;
  std::uint64_t acknowledged_ = 0;  // bytes of this connection, at the last check
  Clock::time_point acknowledged_at_;
  boost::asio::steady_timer pace_;
  std::shared_ptr<Sender*> self_;  // tells timers and posted work whether this still exists
};

}  // namespace audio_stream::stream
