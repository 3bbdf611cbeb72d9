#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace audio_stream::audio {

/// Computes how much silence a stream needs so that its length matches the call's elapsed time x
/// rate.
///
/// A call does not always yield audio:
/// - On hold, its media thread does not tick.
/// - While the far end sends nothing, it ticks without a frame.
/// - A flush (at a bridge, for example) removes a frame.
///
/// A late frame is no gap, because it arrives after all. So a missing frame counts only when its
/// tick is over. A tick that brings one frame too few counts only if the stream stays behind for
/// half a second. A machine that stood still makes no gap either: its ticks come in a burst
/// afterwards. This class cannot detect missing ticks; Uplink::fill_absence() does.
///
/// All figures are samples per channel at the stream's rate. One thread at a time.
class CallClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// After this long without a tick, the call counts as yielding nothing.
  static constexpr std::chrono::milliseconds kAbsence{250};
  /// A tick may be early or late by this fraction (1/kEvenness) of a frame.
  static constexpr std::int64_t kEvenness = 4;

  explicit CallClock(std::uint32_t rate_hz) noexcept : rate_hz_{rate_hz}, frame_{rate_hz / 50} {}

  /// Call when a frame of `samples` arrives. Returns the silence to insert before it.
  std::int64_t silence_before(Time now, std::size_t samples) noexcept;
  /// Call when a tick is over, with or without a frame. Returns the silence to append after it.
  std::int64_t silence_after(Time now, bool had_frame) noexcept;
  /// Call between ticks. Returns the silence due because ticks have stopped. The caller must make
  /// sure that it was not delayed itself.
  std::int64_t silence_while_absent(Time now) noexcept;
  /// How far the stream is ahead of the call's time; negative if it is behind. When a frame arrives
  /// on time and is not yet counted, this is minus the frame's length.
  [[nodiscard]] std::int64_t ahead(Time now) const noexcept { return -behind(now); }
  /// Whether a silent frame that arrives now may be left out without putting the stream behind.
  [[nodiscard]] bool may_skip_silence(Time now) const noexcept {
    return behind(now) <= frame_ / kEvenness;
  }

  /// Accounts for `samples` that were sent, paused or dropped.
  void count(std::size_t samples) noexcept { counted_ += static_cast<std::int64_t>(samples); }

 private:
  [[nodiscard]] std::int64_t behind(Time now) const noexcept;
  [[nodiscard]] std::int64_t whole_frames(std::int64_t samples) const noexcept;
  void start(Time now, std::int64_t samples) noexcept;

  std::int64_t rate_hz_;
  std::int64_t frame_;  // samples of the last frame
  std::int64_t counted_ = 0;
  std::int64_t least_behind_ = 0;  // while lagging
  Time start_{};
  Time last_tick_{};
  Time lagging_since_{};
  bool started_ = false;
  bool lagging_ = false;
  bool absent_ = false;  // silence_while_absent() found the ticks missing, and none has come since
};

}  // namespace audio_stream::audio
