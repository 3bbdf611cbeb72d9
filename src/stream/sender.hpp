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

/// Gives the outbox's messages to the connection in order, and tracks what the server's TCP has
/// acknowledged. Runs on the stream's I/O thread.
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
    std::function<void()> pump;  ///< called when there may be more to send; it calls send() again
    /// Called at the end of a stream when everything is sent. True if one more message is queued.
    std::function<bool()> on_all_sent;
    std::function<void()> on_stalled;  ///< TCP had no acknowledgement for STREAM_STALL_TIME
  };

  explicit Sender(Parts parts);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  void on_open(Clock::time_point now) noexcept;
  /// Queues what was sent and not acknowledged to be sent again on the next connection.
  void on_disconnected();

  /// Sends what can be sent now. `draining`: at the end of a stream the pace after an outage does
  /// not apply.
  void send(bool draining);
  /// The connection has written the message that it could not write at once.
  void on_sent();
  /// Calls pump() after `time`.
  void pump_in(std::chrono::milliseconds time);
  /// Called a few times a second. Releases what the server's TCP has acknowledged. If it
  /// acknowledges nothing for STREAM_STALL_TIME, the server has stalled.
  void check(Clock::time_point now);

 private:
  bool send_next(Clock::time_point now, bool draining);

  const Parts parts_;
  std::uint64_t acknowledged_ = 0;  // bytes of this connection acknowledged at the last check
  Clock::time_point acknowledged_at_;
  boost::asio::steady_timer pace_;
  std::shared_ptr<Sender*> self_;  // tells timers and posted work whether this still exists
};

}  // namespace audio_stream::stream
