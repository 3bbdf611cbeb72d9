#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "audio/leg.hpp"
#include "audio/leg_frame.hpp"

namespace audio_stream::audio {

/// What the caller hears, on its way from the thread that writes it to the call to the one that
/// streams the call.
///
/// The two run on their own clocks, and in frames of their own lengths. The caller's leg leads:
/// each pull() takes as much as the caller has spoken. What has not been written yet is silence;
/// what is later than a frame for a whole second is left out, so that the legs stay together
/// however long the call. How late it is, time tells: what waits, and what may since have been said
/// but was not written yet. By what waits alone, two frames look like one where the writer comes
/// right behind the reader. Bounded, lock-free; once running it allocates nothing.
class HeardLeg {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Room for so much; what is written while nobody pulls for longer is lost, and counted.
  static constexpr std::uint32_t kRoomMs = 600;
  /// How late this leg may stay: a frame of its own or of the caller's, and a usual one at least.
  /// So much a write may be delayed before it is missed.
  static constexpr std::uint32_t kSlackMs = 20;
  /// Less than this beyond it is not worth a cut.
  static constexpr std::uint32_t kToleranceMs = 1;

  static tl::expected<std::unique_ptr<HeardLeg>, std::string> create(std::uint32_t call_rate_hz,
                                                                     std::uint32_t rate_hz);

  /// The thread that writes to the call (to one at a time). False if the frame can't be used.
  bool push(const LegFrame& frame, Time now) noexcept;

  // The call's media thread.

  /// A tick of the call: it is `now` for all that follows until the next.
  void tick(Time now) noexcept { now_ = now; }
  /// From now on the caller's frames have so many samples, at the stream's rate.
  void set_frame(std::size_t samples) noexcept { slack_ = std::max(samples, least_slack_); }
  /// Until told otherwise this leg may be so much later: the caller's is held up.
  void set_allowed_lag(std::size_t samples) noexcept { allowed_ = samples; }
  /// Leaves out so much of what waits, as late.
  void drop_late(std::size_t samples) noexcept;
  /// Fills `out` with what comes next, and with silence where there is nothing.
  void pull(std::span<std::int16_t> out) noexcept;
  /// Counts silence that the stream makes itself, while nothing waits here, into the second in
  /// which the lateness of this leg is judged.
  void count_silence(std::size_t samples) noexcept { trim_lag(samples); }
  /// Leaves out all that waits.
  void discard() noexcept;

  /// Samples that wait.
  [[nodiscard]] std::size_t waiting() const noexcept;
  /// How much later than said it is heard, in samples; 0 if nothing waits.
  [[nodiscard]] std::size_t lag() const noexcept;
  /// Samples left out because they were late, or because there was no room.
  [[nodiscard]] std::uint64_t left_out() const noexcept {
    return late_.load(std::memory_order_relaxed) + no_room_.load(std::memory_order_relaxed);
  }

 private:
  HeardLeg(Leg leg, std::uint32_t rate_hz);
  void append(std::span<const std::int16_t> samples) noexcept;
  [[nodiscard]] std::size_t spare() const noexcept;
  void skip(std::size_t samples) noexcept;
  void trim_lag(std::size_t pulled) noexcept;

  Leg leg_;  // the writing thread's
  const std::size_t least_slack_;
  const std::size_t tolerance_;
  const std::size_t second_;
  std::vector<std::int16_t> ring_;  // a power of two

  alignas(64) std::atomic<std::uint64_t> written_{0};
  std::atomic<Time> last_write_{Time{}};
  std::atomic<std::size_t> written_frame_{0};  // its length, at the stream's rate
  std::atomic<std::uint64_t> no_room_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> late_{0};
  std::size_t slack_;
  std::size_t allowed_ = 0;
  Time now_{};
  std::size_t watched_ = 0;  // samples pulled since the lag was judged last
  std::size_t spare_;        // in that time never less waited, beyond what may
};

}  // namespace audio_stream::audio
