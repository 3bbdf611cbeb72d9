#pragma once

#include <chrono>
#include <optional>

namespace audio_stream::transport {

/// When an I/O thread goes ahead of the process's other threads.
///
/// Where the processors are full, a thread that has a little to do every few milliseconds stands in
/// line behind a thousand media threads, and its packets with it. It goes ahead of them, since it
/// takes little. One that works without a pause (a server floods it) would take the processor from
/// them: it goes with all others until it takes less again.
///
/// One thread's.
class Priority {
 public:
  using Clock = std::chrono::steady_clock;

  /// A thread that goes ahead is looked at after so long, and goes with the others if it took more
  /// than so many percent of a processor.
  static constexpr std::chrono::milliseconds kAhead{20};
  static constexpr int kMostPercent = 60;
  /// And one that goes with the others, to go ahead once more.
  static constexpr std::chrono::milliseconds kWithOthers{200};
  static constexpr int kFewPercent = 40;

  /// Ahead from `now` on, having taken `used` of a processor.
  Priority(Clock::time_point now, std::chrono::nanoseconds used) noexcept
      : since_{now}, used_{used} {}

  [[nodiscard]] bool is_due(Clock::time_point now) const noexcept {
    return now - since_ >= (ahead_ ? kAhead : kWithOthers);
  }
  /// To be asked when it is due. Whether the thread is to go ahead from now on, if that changes.
  std::optional<bool> change(Clock::time_point now, std::chrono::nanoseconds used) noexcept {
    const auto percent = (used - used_) * 100 / (now - since_);
    since_ = now;
    used_ = used;
    const bool ahead = percent <= (ahead_ ? kMostPercent : kFewPercent);
    if (ahead == ahead_) return std::nullopt;
    return ahead_ = ahead;
  }

 private:
  Clock::time_point since_;
  std::chrono::nanoseconds used_;
  bool ahead_ = true;
};

}  // namespace audio_stream::transport
