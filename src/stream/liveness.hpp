#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace audio_stream::stream {

/// Tells whether the server on a connection is alive, by pings and pongs (STREAM_LIVENESS), and
/// measures the round trip.
///
/// A server is lost if it answered a ping on this connection before, then leaves a ping unanswered
/// and sends nothing else for the time of the patience. A server that never answered may not
/// support pings, and is never lost.
class Liveness {
 public:
  using Clock = std::chrono::steady_clock;

  /// With a patience of 0 no ping is due and no server is lost.
  explicit Liveness(std::chrono::seconds patience) : patience_{patience} {}

  /// A connection was made.
  void connected() noexcept {
    answered_ = false;
    pinged_.reset();
    next_ping_ = Clock::time_point::min();
  }
  /// Whether to ping now: at once on a new connection, then twice within the patience.
  [[nodiscard]] bool ping_is_due(Clock::time_point now) const noexcept {
    return patience_.count() > 0 && !pinged_ && now >= next_ping_;
  }
  void pinged(Clock::time_point now) noexcept {
    if (pinged_) return;
    pinged_ = heard_ = now;
    next_ping_ = now + std::chrono::duration_cast<Clock::duration>(patience_) / 2;
  }
  void pong(Clock::time_point now) noexcept {
    answered_ = true;
    if (!pinged_) return;  // an unsolicited pong
    round_trips_ += now - *pinged_;
    ++count_;
    pinged_.reset();
  }
  /// The server sent something else, or this side could not read: that is no silence of the server.
  void heard(Clock::time_point now) noexcept { heard_ = now; }
  [[nodiscard]] bool is_lost(Clock::time_point now) const noexcept {
    return patience_.count() > 0 && answered_ && pinged_ && now - heard_ >= patience_;
  }

  /// The mean of all connections' round trips; none without a pong.
  [[nodiscard]] std::optional<std::chrono::microseconds> round_trip() const noexcept {
    if (count_ == 0) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::microseconds>(round_trips_ / count_);
  }

 private:
  const std::chrono::seconds patience_;
  bool answered_ = false;
  std::optional<Clock::time_point> pinged_;  // the ping that is not answered yet
  Clock::time_point heard_;
  Clock::time_point next_ping_ = Clock::time_point::min();
  Clock::duration round_trips_{0};
  std::int64_t count_ = 0;
};

}  // namespace audio_stream::stream
