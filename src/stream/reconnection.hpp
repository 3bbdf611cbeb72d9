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

/// Decides which URL a stream tries, when, and for how long, during its outages. It performs
/// nothing. Runs on the stream's I/O thread.
class Reconnection {
 public:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  /// The stream begins now: an outage before the first connection counts from here. `losses` counts
  /// those of all streams; null if there is no other stream. All arguments outlive this.
  Reconnection(const control::Options& options, Clock::time_point begun, RecentLosses* losses);

  /// The URL of the next attempt, or of the current one.
  [[nodiscard]] const transport::Url& url() const;
  /// The URL for an event, without secrets. Empty if the stream has only one URL.
  [[nodiscard]] std::string reported_url() const;

  /// What follows a failed attempt.
  struct Plan {
    Milliseconds wait{0};    ///< until the next attempt
    bool another = false;    ///< the next URL was not tried in this round: no wait
    bool hopeful = false;    ///< another attempt may succeed, and the user's limits allow it
    std::uint32_t attempts;  ///< failed attempts in this outage
  };
  /// `refused`: the server would refuse again. `room`: how much more audio can be kept; none if no
  /// audio is kept.
  Plan on_failed(bool refused, Clock::time_point now, std::optional<Milliseconds> room);
  void on_connected(Clock::time_point now) noexcept;
  /// A connection was lost. Returns the wait until the next attempt. `silent`: the server did not
  /// answer, so the next URL is tried at once.
  Milliseconds on_lost(bool silent, Clock::time_point now, std::optional<Milliseconds> room);

  /// Whether an attempt that has been dialing since `since` should give way to a new one, because
  /// the buffer is nearly full. The host may be reachable again, but the kernel repeats a SYN only
  /// after seconds. True once in an outage, and never if the next failure would be final.
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
