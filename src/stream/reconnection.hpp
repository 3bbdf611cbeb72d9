#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "control/options.hpp"
#include "stream/recent_losses.hpp"
#include "stream/retry_policy.hpp"
#include "stream/url_rotation.hpp"
#include "transport/url.hpp"

namespace audio_stream::stream {

/// Which URL is tried, when, and for how long: one stream's outages. It decides and does nothing.
/// On the stream's I/O thread.
class Reconnection {
 public:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  /// The stream begins now: an outage before the first connection counts from there. `losses` of
  /// all streams; none: this one is alone. All outlive this.
  Reconnection(const control::Options& options, Clock::time_point begun, RecentLosses* losses);

  /// Of the next attempt, or of the one that is under way.
  [[nodiscard]] const transport::Url& url() const;
  /// The same as an event tells it, without secrets; empty if the stream has only one URL.
  [[nodiscard]] std::string reported_url() const;

  /// What follows a failed attempt.
  struct Plan {
    Milliseconds wait{0};    ///< until the next attempt
    bool another = false;    ///< the next URL has not been tried in this round: no wait
    bool hopeful = false;    ///< another attempt may succeed, and the limits allow it
    std::uint32_t attempts;  ///< failed ones in this outage
  };
  /// `refused`: the server would refuse again. `room`: for how much more audio there is room; none
  /// if no audio is kept.
  Plan on_failed(bool refused, Clock::time_point now, std::optional<Milliseconds> room);
  void on_connected(Clock::time_point now) noexcept;
  /// A connection was lost. `silent`: the server did not answer, so the next URL has its turn at
  /// once. The wait until the next attempt.
  Milliseconds on_lost(bool silent, Clock::time_point now, std::optional<Milliseconds> room);

  /// Whether an attempt that has been dialing since `since` should give way to a new one because
  /// the buffer is nearly full: the host may be back, and our kernel repeats its SYN only seconds
  /// later. True once in an outage, and never if the next failure would be final.
  [[nodiscard]] bool should_dial_anew(Clock::time_point since, Clock::time_point now,
                                      std::optional<Milliseconds> room) const;

 private:
  [[nodiscard]] bool may_retry(Clock::time_point now) const;

  const control::Options& options_;
  const Clock::time_point begun_;
  RecentLosses* const losses_;
  RetryPolicy retry_policy_;
  UrlRotation url_rotation_;
  bool ever_connected_ = false;
  std::uint32_t failed_attempts_ = 0;  // of the current outage
  std::optional<Clock::time_point> outage_since_;
  Clock::time_point connected_at_;
};

}  // namespace audio_stream::stream
