#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace audio_stream::transport {

/// Decides whether an I/O thread batches: whether it is woken for each frame, or looks every few
/// milliseconds and sends what has gathered.
///
/// A wake-up costs the thread more than sending a frame, and costs the media thread a system call.
/// Where frames come so often that some gather within a millisecond or two, batching pays. Where
/// they do not, it would only add latency. One thread's.
class Batching {
 public:
  using Clock = std::chrono::steady_clock;

  /// The rate of frames is measured over this time.
  static constexpr std::chrono::milliseconds kWindow{10};
  /// With fewer frames in the window there is no batching.
  static constexpr std::size_t kEnough = 12;
  /// The size of a batch to aim at, and the bounds of the wait for it.
  static constexpr std::size_t kWanted = 60;
  static constexpr std::chrono::microseconds kLongest{3000};
  static constexpr std::chrono::microseconds kShortest{500};

  /// `count` frames were ready when the thread looked, at `now`. The next check is timed from
  /// `now`, not from the end of sending.
  void on_served(std::size_t count, Clock::time_point now) noexcept {
    now_ = now;
    count_ += count;
    const auto since = now - begun_;
    if (since < kWindow) return;
    const auto us = static_cast<std::size_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(since).count());
    active_ = since < 2 * kWindow && count_ >= kEnough;
    if (active_) {
      wait_ = std::clamp(std::chrono::microseconds{kWanted * us / count_}, kShortest, kLongest);
    }
    count_ = 0;
    begun_ = now;
  }

  [[nodiscard]] bool active() const noexcept { return active_; }
  /// When to look for ready frames again.
  [[nodiscard]] Clock::time_point next_check() const noexcept { return now_ + wait_; }

 private:
  Clock::time_point begun_{};
  Clock::time_point now_{};
  std::size_t count_ = 0;
  std::chrono::microseconds wait_{kLongest};
  bool active_ = false;
};

}  // namespace audio_stream::transport
