#pragma once

#include <chrono>
#include <optional>

namespace audio_stream::transport {

/// Decides when an I/O thread has priority over the process's other threads.
///
/// On full processors, a thread with a little work every few milliseconds would queue behind a
/// thousand media threads, and so would its packets. It gets priority, because it uses little
/// processor time. A thread that works without a pause (a server floods it) would take the
/// processor from the media threads: it loses priority until it uses less.
///
/// One thread only.
class Priority {
 public:
  using Clock = std::chrono::steady_clock;

  /// A thread with priority is checked after this time, and loses priority if it used more than
  /// this percentage of a processor.
  static constexpr std::chrono::milliseconds kAhead{20};
  static constexpr int kMostPercent = 60;
  /// A thread without priority is checked after this time, and gets priority again if it used at
  /// most this percentage.
  static constexpr std::chrono::milliseconds kWithOthers{200};
  static constexpr int kFewPercent = 40;

  /// The thread has priority from `now` on and has used `used` of processor time so far.
  Priority(Clock::time_point now, std::chrono::nanoseconds used) noexcept
      : since_{now}, used_{used} {}

  [[nodiscard]] bool is_due(Clock::time_point now) const noexcept {
    return now - since_ >= (ahead_ ? kAhead : kWithOthers);
  }
  /// Call when is_due(). Whether the thread gets (true) or loses (false) priority; nullopt if
  /// nothing changes.
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
