#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace audio_stream::transport {

/// Foresees when the next frame of a lonely call will be ready, so that the I/O thread is awake
/// then.
///
/// To wake a thread of an idle processor takes longer than all that is done for a frame. A call
/// that is alone on its thread has its frames at an even pace, most of the time: a thread that
/// looks out for the next one just before it is due sends it at once, and the media thread has no
/// bell to ring. That costs about a hundredth of a processor while there is one call; frames of
/// several are at no even pace, and are not foreseen. One thread's.
class Anticipation {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  /// When to look out.
  struct Watch {
    Time from;
    Time until;
  };

  /// So many frames at an even pace come before the next one is looked out for.
  static constexpr int kTrust = 8;
  /// What is no pace of a call's: packets have from 20 to 1000 ms, a call's frames 10 and more.
  static constexpr std::chrono::milliseconds kShortest{8};
  static constexpr std::chrono::milliseconds kLongest{1100};
  /// The longest that is looked out before and behind the moment at which a frame is due.
  static constexpr std::chrono::microseconds kMost{250};
  static constexpr std::chrono::microseconds kLeast{40};
  /// A thread that sleeps by the clock wakes later than it wanted.
  static constexpr std::chrono::microseconds kWaking{120};

  /// One frame was ready, and it was alone.
  void came(Time now) noexcept {
    const auto interval = now - last_;
    last_ = now;
    if (interval < kShortest || interval > kLongest) {
      forget();
      return;
    }
    if (trust_ == 0) {
      pace_ = interval;
      off_ = {};
      trust_ = 1;
      return;
    }
    const auto off = interval > pace_ ? interval - pace_ : pace_ - interval;
    if (off > 4 * kMost) {
      forget();
      return;
    }
    pace_ += (interval - pace_) / 8;
    off_ += (off - off_) / 4;
    trust_ = std::min(trust_ + 1, kTrust);
  }

  /// There were several, or another has joined.
  void forget() noexcept { trust_ = 0; }

  /// Nothing if the next frame can't be foreseen.
  [[nodiscard]] std::optional<Watch> next() const noexcept {
    if (trust_ < kTrust || 2 * off_ > kMost) return std::nullopt;
    const auto around = std::clamp<Clock::duration>(2 * off_, kLeast, kMost);
    const Time due = last_ + pace_;
    return Watch{due - around - kWaking, due + around};
  }

 private:
  Time last_{};
  Clock::duration pace_{};
  Clock::duration off_{};  // how far frames were from it, of late
  int trust_ = 0;
};

}  // namespace audio_stream::transport
