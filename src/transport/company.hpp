#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace audio_stream::transport {

/// Tells an I/O thread whether a frame that is ready has company: others that will be ready soon.
///
/// To be woken for each frame costs a thread more than to send it, and the media thread that wakes
/// it a system call. Where frames come so often that some will have gathered within a millisecond
/// or two, it is better to look for them at that pace; where they don't, waiting would only cost
/// time. One thread's.
class Company {
 public:
  using Clock = std::chrono::steady_clock;

  /// What came is judged by so much time.
  static constexpr std::chrono::milliseconds kWindow{10};
  /// So many have to come in it to be worth waiting for.
  static constexpr std::size_t kEnough = 12;
  /// How many to wait for, and for how long at the most and at the least.
  static constexpr std::size_t kWanted = 60;
  static constexpr std::chrono::microseconds kLongest{3000};
  static constexpr std::chrono::microseconds kShortest{500};

  /// `count` frames were ready when the thread looked, at `now`. To send them took time since,
  /// which is no reason to look later for the next ones.
  void came(std::size_t count, Clock::time_point now) noexcept {
    now_ = now;
    count_ += count;
    const auto since = now - begun_;
    if (since < kWindow) return;
    const auto us = static_cast<std::size_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(since).count());
    there_ = since < 2 * kWindow && count_ >= kEnough;
    if (there_) {
      wait_ = std::clamp(std::chrono::microseconds{kWanted * us / count_}, kShortest, kLongest);
    }
    count_ = 0;
    begun_ = now;
  }

  [[nodiscard]] bool is_there() const noexcept { return there_; }
  /// When to look again.
  [[nodiscard]] Clock::time_point next_look() const noexcept { return now_ + wait_; }

 private:
  Clock::time_point begun_{};
  Clock::time_point now_{};
  std::size_t count_ = 0;
  std::chrono::microseconds wait_{kLongest};
  bool there_ = false;
};

}  // namespace audio_stream::transport
