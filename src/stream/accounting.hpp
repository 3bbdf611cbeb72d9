#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "control/options.hpp"
#include "stream/counters.hpp"
#include "stream/downlink.hpp"
#include "stream/event.hpp"
#include "stream/lifecycle.hpp"
#include "stream/uplink.hpp"
#include "transport/traffic.hpp"

namespace audio_stream::stream {

/// Computes what a stream lost, for warnings while it runs, and the totals for its final event.
/// Runs on the stream's I/O thread.
class Accounting {
 public:
  using Clock = std::chrono::steady_clock;

  /// The stream begins now. All references outlive this.
  Accounting(const control::Options& options, const Uplink& uplink, const Counters& counters)
      : options_{options}, uplink_{uplink}, counters_{counters} {}

  [[nodiscard]] Clock::time_point begun() const noexcept { return begun_; }
  /// A connection was made. The totals have the time from the start to the first one.
  void connected(Clock::time_point when) noexcept;

  /// The next warning that is due, if any. Warnings of dropped audio come at most once in ten
  /// seconds. The warning of frames with an unusable rate comes once. Cheap if none is due.
  std::optional<std::string> warning(State state);

  /// `wire` is the traffic of all the stream's connections. `downlink` is null with playback off.
  [[nodiscard]] Totals totals(EndReason reason, const transport::Traffic& wire,
                              const Downlink* downlink) const;

 private:
  [[nodiscard]] std::uint64_t ms(std::uint64_t samples) const noexcept {
    return samples * 1000 / options_.audio.rate_hz;
  }

  const control::Options& options_;
  const Uplink& uplink_;
  const Clock::time_point begun_ = Clock::now();
  std::optional<std::chrono::milliseconds> connect_time_;  // of the first connection
  Clock::time_point last_drop_warning_;

  // Read for each packet.
  const Counters& counters_;
  std::uint64_t drops_warned_ = 0;
  std::uint64_t without_room_warned_ = 0;  // of drops_warned_
  bool unusable_rate_warned_ = false;      // frames of the call have a rate that can't be resampled
};

}  // namespace audio_stream::stream
