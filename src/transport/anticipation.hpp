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
///
/// When they are due is followed as a clock is that one can only hear strike (a phase-locked loop).
/// On a virtual machine one frame in four is late, by ten times of what the others are off: that
/// says nothing of the next one, so each moves what is known by little, however late it is.
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
  static constexpr int kTrust = 12;
  /// What is no pace of a call's: packets have from 20 to 1000 ms, a call's frames 10 and more.
  static constexpr std::chrono::milliseconds kShortest{8};
  static constexpr std::chrono::milliseconds kLongest{1100};
  /// The longest that is looked out before and behind the moment at which a frame is due, and the
  /// shortest.
  static constexpr std::chrono::microseconds kMost{150};
  static constexpr std::chrono::microseconds kLeast{40};
  /// A thread that sleeps by the clock wakes later than it wanted: so much, before it has been
  /// seen.
  static constexpr std::chrono::microseconds kWaking{120};
  static constexpr std::chrono::microseconds kMostWaking{300};
  /// Who is so far off has been held up; so many of them on end, and the pace is another.
  static constexpr std::chrono::milliseconds kHeldUp{1};
  static constexpr int kPatience = 3;

  /// One frame was ready, and it was alone.
  void came(Time now) noexcept {
    if (trust_ == 0) {
      begin(now);
      return;
    }
    // A packet lasts whole milliseconds, by a clock that is not quite ours.
    if (trust_ == 1) pace_ = std::chrono::round<std::chrono::milliseconds>(now - due_);
    const auto off = now - (due_ + pace_);
    const auto far = off < Clock::duration{} ? -off : off;
    const bool held_up = far > kHeldUp;
    held_up_ = held_up ? held_up_ + 1 : 0;
    if (pace_ < kShortest || pace_ > kLongest || held_up_ >= kPatience) {
      begin(now);
      return;
    }
    due_ += pace_;
    if (held_up) return;
    const auto most = std::clamp<Clock::duration>(off_, kLeast, kMost);
    const auto step = std::clamp<Clock::duration>(off, -most, most);
    due_ += step / 4;
    pace_ += step / 64;
    off_ += (std::min(far, std::max<Clock::duration>(2 * off_, kLeast)) - off_) / 8;
    trust_ = std::min(trust_ + 1, kTrust);
  }

  /// A thread that wanted to be awake at `wanted` was so `now`.
  void woke(Time wanted, Time now) noexcept {
    const auto late = std::clamp<Clock::duration>(now - wanted, {}, kMostWaking);
    waking_ += (late + late / 4 - waking_) / 8;
  }

  /// There were several, or another has joined.
  void forget() noexcept { trust_ = 0; }

  /// Nothing if the next frame can't be foreseen.
  [[nodiscard]] std::optional<Watch> next() const noexcept {
    if (trust_ < kTrust || off_ > kMost) return std::nullopt;
    const auto around = std::clamp<Clock::duration>(3 * off_, kLeast, kMost);
    const Time due = due_ + pace_;
    return Watch{due - around - waking_, due + around};
  }

 private:
  void begin(Time now) noexcept {
    due_ = now;
    off_ = {};
    held_up_ = 0;
    trust_ = 1;
  }

  Time due_{};  // the frame that came last, had it been in time
  Clock::duration pace_{};
  Clock::duration off_{};             // how far frames were from when they were due, of late
  Clock::duration waking_ = kWaking;  // to allow for: as late as it woke of late, and a quarter
  int held_up_ = 0;
  int trust_ = 0;
};

}  // namespace audio_stream::transport
