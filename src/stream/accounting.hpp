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

/// What a stream lost, for warnings while it runs, and the totals for its final event. On the
/// stream's I/O thread.
class Accounting {
 public:
  using Clock = std::chrono::steady_clock;

  /// The stream begins now. All references outlive this.
  Accounting(const control::Options& options, const Uplink& uplink, const Counters& counters)
      : options_{options}, uplink_{uplink}, counters_{counters} {}

  [[nodiscard]] Clock::time_point begun() const noexcept { return begun_; }
  /// A connection stands. The totals tell how long it was until the first one did.
  void connected(Clock::time_point when) noexcept;

  /// The next warning that is due, if any: of audio that was dropped, at most one in ten seconds,
  /// and, once, of frames that can't be used. Cheap where there is none.
  std::optional<std::string> warning(State state);

  /// What became of the stream; `wire` is what all its connections carried, and there is no
  /// `downlink` with playback off.
  [[nodiscard]] Totals totals(EndReason reason, const transport::Traffic& wire,
                              const Downlink* downlink) const;

 private:
  [[nodiscard]] std::uint64_t ms(std::uint64_t samples) const noexcept {
    return samples * 1000 / options_.rate_hz;
  }

  const control::Options& options_;
  const Uplink& uplink_;
  const Clock::time_point begun_ = Clock::now();
  std::optional<std::chrono::milliseconds> connect_time_;  // of the first connection
  Clock::time_point last_drop_warning_;

  // Looked at with each packet.
  const Counters& counters_;
  std::uint64_t drops_warned_ = 0;
  std::uint64_t without_room_warned_ = 0;  // of these
  bool unusable_rate_warned_ = false;      // of the call's frames
};

}  // namespace audio_stream::stream
