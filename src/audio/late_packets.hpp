#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace audio_stream::audio {

/// Compensates for late packets of the caller by leaving out later silence.
///
/// A late packet was already replaced by silence when it arrives, so the stream is ahead of the
/// call's time by the packet's length. The next gap in the caller's audio can be left out to
/// compensate. The packets after that gap are probably late too, and the other leg has no gap, so
/// the audio that the caller hears is held back. The legs are aligned again when the stream is
/// ahead by as much as it was before. If that takes longer than kPatience, or if the caller is
/// merely silent, the gap becomes silence after all.
///
/// So packets that are late repeatedly neither shift the stream against the call's time nor cost
/// the other leg any audio. (The lag of the other leg is a worse measure, because its packets may
/// be late too.)
///
/// Samples per channel at the stream's rate. The call's media thread.
class LatePackets {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The longest time that the other leg is held back. HeardLeg has room for it.
  static constexpr std::uint32_t kMostMs = 400;
  /// If no late packet arrives for this long, none will. The switch reads late audio a tenth faster
  /// than it was spoken: one late frame in every ten frames.
  static constexpr std::chrono::milliseconds kPatience{1000};
  /// A gap of this length is silence, not lateness.
  static constexpr std::uint32_t kSilenceMs = 1000;

  explicit LatePackets(std::uint32_t rate_hz) noexcept
      : most_{std::size_t{rate_hz} * kMostMs / 1000},
        silence_{std::size_t{rate_hz} * kSilenceMs / 1000} {}

  /// Call with a frame of silence. `ahead`: how far the stream is ahead. True if the caller must
  /// leave the frame out.
  bool leave_out(Time now, std::size_t samples, std::int64_t ahead) noexcept {
    if (left_out_ + samples > most_ || gap_ >= silence_) return false;
    if (left_out_ == 0) was_ahead_ = ahead;
    frame_ = samples;
    left_out_ += samples;
    since_ = now;
    return true;
  }

  void gap(std::size_t samples) noexcept { gap_ += samples; }
  /// `samples` were dropped for good: the other leg no longer waits for them.
  void left_out_for_good(std::size_t samples) noexcept {
    was_ahead_ -= static_cast<std::int64_t>(samples);
  }
  /// Call with a frame of the caller's audio. `ahead`: how far the stream is ahead. Audio that
  /// arrived is no longer left out.
  void spoken(Time now, std::int64_t ahead) noexcept {
    gap_ = 0;
    if (left_out_ == 0) return;
    auto missing = static_cast<std::size_t>(std::max<std::int64_t>(was_ahead_ - ahead, 0));
    if (2 * missing < frame_) missing = 0;  // less than half a frame is clock jitter
    if (missing >= left_out_) return;
    left_out_ = missing;
    since_ = now;
  }

  /// Samples still left out. The other leg lags by this much more than before.
  [[nodiscard]] std::size_t left_out() const noexcept { return left_out_; }
  /// Samples that must become silence after all. Nothing is left out afterwards.
  std::size_t due(Time now) noexcept {
    if (left_out_ == 0 || (now - since_ < kPatience && gap_ < silence_)) return 0;
    return std::exchange(left_out_, 0);
  }

 private:
  std::size_t most_;
  std::size_t silence_;
  std::size_t left_out_ = 0;
  std::size_t gap_ = 0;  // samples since the caller last said something
  std::size_t frame_ = 0;
  std::int64_t was_ahead_ = 0;
  Time since_{};  // time of the last change
};

}  // namespace audio_stream::audio
