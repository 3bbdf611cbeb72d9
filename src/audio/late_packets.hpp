#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace audio_stream::audio {

/// Makes up for packets of the caller's that came late, by leaving out later silence.
///
/// A late packet was replaced by silence before it came, so from then on the stream is ahead of the
/// call's time by its length. The next gap in what the caller says can be left out to make up for
/// it. The packets after that gap are probably late too, and the other leg has no gap: what the
/// caller hears waits for them. The legs are together again when the stream is as far ahead as it
/// was. If that takes longer than kPatience, or if the caller is just silent, the gap becomes
/// silence after all. So packets that are late again and again neither move the stream away from
/// the call's time nor cost the other leg anything. (The lag of the other leg tells less: its
/// packets may be late too.)
///
/// Samples per channel at the stream's rate. The call's media thread.
class LatePackets {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The longest that the other leg is held up. There is room for it in HeardLeg.
  static constexpr std::uint32_t kMostMs = 400;
  /// After so long in which nothing of it came, no more will. The switch reads what is late a tenth
  /// faster than it was said: one of them every ten frames.
  static constexpr std::chrono::milliseconds kPatience{1000};
  /// A gap as long as this is no lateness.
  static constexpr std::uint32_t kSilenceMs = 1000;

  explicit LatePackets(std::uint32_t rate_hz) noexcept
      : most_{std::size_t{rate_hz} * kMostMs / 1000},
        silence_{std::size_t{rate_hz} * kSilenceMs / 1000} {}

  /// A frame of silence, for a stream that is so far ahead: true if it is to be left out.
  bool leave_out(Time now, std::size_t samples, std::int64_t ahead) noexcept {
    if (left_out_ + samples > most_ || gap_ >= silence_) return false;
    if (left_out_ == 0) was_ahead_ = ahead;
    frame_ = samples;
    left_out_ += samples;
    since_ = now;
    return true;
  }

  void gap(std::size_t samples) noexcept { gap_ += samples; }
  /// So much was left out for good: the other leg has given way.
  void left_out_for_good(std::size_t samples) noexcept {
    was_ahead_ -= static_cast<std::int64_t>(samples);
  }
  /// The caller says something, in a stream that is so far ahead. What was late is no longer.
  void spoken(Time now, std::int64_t ahead) noexcept {
    gap_ = 0;
    if (left_out_ == 0) return;
    auto missing = static_cast<std::size_t>(std::max<std::int64_t>(was_ahead_ - ahead, 0));
    if (2 * missing < frame_) missing = 0;  // no frame is: that is the clock's unevenness
    if (missing >= left_out_) return;
    left_out_ = missing;
    since_ = now;
  }

  /// What is still left out, and so much later the other leg is than it was.
  [[nodiscard]] std::size_t left_out() const noexcept { return left_out_; }
  /// What has to be silence after all: none of it is left out then.
  std::size_t due(Time now) noexcept {
    if (left_out_ == 0 || (now - since_ < kPatience && gap_ < silence_)) return 0;
    return std::exchange(left_out_, 0);
  }

 private:
  std::size_t most_;
  std::size_t silence_;
  std::size_t left_out_ = 0;
  std::size_t gap_ = 0;  // so long the caller has said nothing
  std::size_t frame_ = 0;
  std::int64_t was_ahead_ = 0;
  Time since_{};  // nothing has changed
};

}  // namespace audio_stream::audio
