#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace audio_stream::transport {

/// Decides whether an I/O thread batches: whether each frame wakes it, or it checks every few
/// milliseconds and sends the frames that are ready.
///
/// A wake-up costs the I/O thread more than sending a frame, and costs the media thread a system
/// call. Batching pays if several frames become ready within a millisecond or two. Otherwise it
/// would only add latency. One thread only.
class Batching {
 public:
  using Clock = std::chrono::steady_clock;

  /// The rate of frames is measured over this time.
  static constexpr std::chrono::milliseconds kWindow{10};
  /// Fewer frames than this in the window end batching.
  static constexpr std::size_t kEnough = 12;
  /// The target size of a batch, and the bounds of the wait for it.
  static constexpr std::size_t kWanted = 60;
  static constexpr std::chrono::microseconds kLongest{3000};
  static constexpr std::chrono::microseconds kShortest{500};

  /// Call when the thread checked at `now` and found `count` frames ready. The next check is timed
  /// from `now`, not from the end of sending.
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
  /// When to check for ready frames again.
  [[nodiscard]] Clock::time_point next_check() const noexcept { return now_ + wait_; }

 private:
  Clock::time_point begun_{};
  Clock::time_point now_{};
  std::size_t count_ = 0;
  std::chrono::microseconds wait_{kLongest};
  bool active_ = false;
};

}  // namespace audio_stream::transport
