#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace audio_stream::audio {

/// Says how much silence a stream needs so that its samples are as many as the call's time has:
/// elapsed time x rate.
///
/// A call does not always yield audio. On hold its media thread does not tick at all. While the far
/// end sends nothing it ticks without a frame. A flush (at a bridge, say) removes a frame. A frame
/// that is merely late is no gap, since it comes after all: a missing frame counts when its tick is
/// over, and a frame that a tick should have brought along counts only if the stream stays behind
/// for half a second. It is no gap either when the machine stood still: then ticks come in a burst.
/// This class cannot detect missing ticks; Uplink::fill_absence() does.
///
/// All figures are samples per channel at the stream's rate. One thread at a time.
class CallClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// After so long without a tick the call is taken to yield nothing.
  static constexpr std::chrono::milliseconds kAbsence{250};
  /// So small a part of a frame ticks may be early or late.
  static constexpr std::int64_t kEvenness = 4;

  explicit CallClock(std::uint32_t rate_hz) noexcept : rate_hz_{rate_hz}, frame_{rate_hz / 50} {}

  /// A frame of `samples` came: how much silence belongs in front of it.
  std::int64_t silence_before(Time now, std::size_t samples) noexcept;
  /// A tick is over, with or without a frame: how much silence belongs behind it.
  std::int64_t silence_after(Time now, bool had_frame) noexcept;
  /// Between ticks: how much silence is due because no tick comes any more. The caller has made
  /// sure that it was not itself delayed.
  std::int64_t silence_while_absent(Time now) noexcept;
  /// How much more the stream has got than the call's time; less than nothing if it has less. When
  /// a frame comes, and is not counted yet, that is minus its length if all are in time.
  [[nodiscard]] std::int64_t ahead(Time now) const noexcept { return -behind(now); }
  /// True if a silent frame that comes now may be left out, and the stream is not behind then.
  [[nodiscard]] bool may_skip_silence(Time now) const noexcept {
    return behind(now) <= frame_ / kEvenness;
  }

  /// So many samples have been accounted for: sent, paused or dropped.
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
  bool absent_ = false;  // no tick since silence_while_absent() found none
};

}  // namespace audio_stream::audio
