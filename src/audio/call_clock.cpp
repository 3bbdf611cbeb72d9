#include "audio/call_clock.hpp"

#include <algorithm>
#include <utility>

namespace audio_stream::audio {
namespace {

using std::chrono::microseconds;

// The stream must be behind for this long, with or without ticks, before silence is inserted.
constexpr std::chrono::milliseconds kPatience{500};
// Not filled with silence: left for the media thread, in case its ticks resume at this moment.
constexpr std::int64_t kMarginMs = 60;

}  // namespace

void CallClock::start(Time now, std::int64_t samples) noexcept {
  started_ = true;
  start_ = now - microseconds{samples * 1'000'000 / rate_hz_};
  last_tick_ = now;
}

std::int64_t CallClock::behind(Time now) const noexcept {
  const auto elapsed = std::chrono::duration_cast<microseconds>(now - start_).count();
  return elapsed * rate_hz_ / 1'000'000 - counted_;
}

std::int64_t CallClock::whole_frames(std::int64_t samples) const noexcept {
  return (samples + frame_ / 2) / frame_ * frame_;
}

std::int64_t CallClock::silence_before(Time now, std::size_t samples) noexcept {
  const auto size = static_cast<std::int64_t>(samples);
  if (!started_) start(now, size);
  const bool was_absent = std::exchange(absent_, false);
  last_tick_ = now;
  if (size > 0) frame_ = size;
  return was_absent ? std::max<std::int64_t>(behind(now) - size, 0) : 0;
}

std::int64_t CallClock::silence_after(Time now, bool had_frame) noexcept {
  if (!started_) start(now, frame_);
  last_tick_ = now;
  absent_ = false;
  const std::int64_t lack = behind(now);
  if (lack * 4 < frame_ * 3) {
    lagging_ = false;
    return 0;
  }
  if (!had_frame) {
    lagging_ = false;
    return whole_frames(lack);
  }
  if (!lagging_) {
    lagging_ = true;
    lagging_since_ = now;
    least_behind_ = lack;
    return 0;
  }
  least_behind_ = std::min(least_behind_, lack);
  if (now - lagging_since_ < kPatience) return 0;
  lagging_ = false;
  return whole_frames(least_behind_);
}

std::int64_t CallClock::silence_while_absent(Time now) noexcept {
  if (!started_) start(now, 0);
  if (now - last_tick_ < kAbsence) return 0;
  absent_ = true;
  const std::int64_t step = std::max<std::int64_t>(rate_hz_ / 50, 1);
  const std::int64_t due = behind(now) - rate_hz_ * kMarginMs / 1000;
  return due <= 0 ? 0 : due / step * step;
}

}  // namespace audio_stream::audio
