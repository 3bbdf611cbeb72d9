#include "audio/call_clock.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace audio_stream::audio {
namespace {

using std::chrono::milliseconds;

/// A call of 20 ms frames at 8 kHz. Its stream adds the silence that the clock asks for.
class CallClockTest : public testing::Test {
 protected:
  /// A tick at `ms` with `frames` frames.
  void tick(std::int64_t ms, int frames = 1) {
    const auto now = CallClock::Time{} + milliseconds{ms};
    for (int i = 0; i < frames; ++i) {
      add(clock_.silence_before(now, kFrame));
      add(kFrame);
    }
    add(clock_.silence_after(now, frames > 0));
  }
  void absent(std::int64_t ms) {
    add(clock_.silence_while_absent(CallClock::Time{} + milliseconds{ms}));
  }
  void add(std::int64_t samples) {
    ASSERT_GE(samples, 0);
    clock_.count(static_cast<std::size_t>(samples));
    samples_ += samples;
  }
  [[nodiscard]] std::int64_t streamed_ms() const { return samples_ / 8; }

  static constexpr std::int64_t kFrame = 160;
  CallClock clock_{8000};
  std::int64_t samples_ = 0;
};

TEST_F(CallClockTest, ACallWithAFrameEachTickNeedsNoSilence) {
  for (int ms = 20; ms <= 60'000; ms += 20) tick(ms + std::rand() % 8);
  EXPECT_EQ(streamed_ms(), 60'000);
}

TEST_F(CallClockTest, ATickWithoutAFrameIsSilence) {
  for (int ms = 20; ms <= 10'000; ms += 20) tick(ms, ms > 3000 && ms <= 7000 ? 0 : 1);
  EXPECT_EQ(streamed_ms(), 10'000);
}

TEST_F(CallClockTest, ACallThatBeginsWithoutAFrameBeginsWithSilence) {
  for (int ms = 20; ms <= 1000; ms += 20) tick(ms, 0);
  EXPECT_EQ(streamed_ms(), 1000);
}

// On hold there are no ticks, and the I/O thread calls the clock.
TEST_F(CallClockTest, SilenceComesInRealTimeWithoutTicks) {
  for (int ms = 20; ms <= 1000; ms += 20) tick(ms);
  for (int ms = 1200; ms <= 11'000; ms += 200) {
    absent(ms);
    if (ms < 1600) continue;  // too soon to judge
    EXPECT_NEAR(static_cast<double>(streamed_ms()), ms - 60, 20) << ms;
  }
  for (int ms = 11'020; ms <= 12'000; ms += 20) tick(ms);
  EXPECT_EQ(streamed_ms(), 12'000);
}

TEST_F(CallClockTest, TheRestOfAnAbsenceIsFilledBeforeTheNextFrame) {
  tick(20);
  absent(5000);
  EXPECT_EQ(streamed_ms(), 4940);
  EXPECT_EQ(clock_.silence_before(CallClock::Time{} + milliseconds{5020}, kFrame), 60 * 8);
}

// The machine stood still: no thread saw an absence, and the frames come in a burst.
TEST_F(CallClockTest, AStandstillIsNoGap) {
  for (int ms = 20; ms <= 1000; ms += 20) tick(ms);
  for (int ms = 1020; ms <= 1800; ms += 20) tick(1800);
  for (int ms = 1820; ms <= 3000; ms += 20) tick(ms);
  EXPECT_EQ(streamed_ms(), 3000);
}

// Late frames still arrive, so there is no gap.
TEST_F(CallClockTest, JitterIsNoGap) {
  for (int ms = 20; ms <= 10'000; ms += 200) {
    for (int late = 0; late < 10; ++late) tick(ms + 180);
  }
  EXPECT_EQ(streamed_ms(), 10'000);
}

// A frame was flushed, for example at a bridge.
TEST_F(CallClockTest, ALostFrameBecomesSilenceWithinASecond) {
  for (int ms = 20; ms <= 10'000; ms += 20) {
    if (ms != 3000 && ms != 5000) tick(ms);
  }
  EXPECT_EQ(streamed_ms(), 10'000);
}

// An application that reads the call with its own codec gets longer frames, complete only at every
// other tick.
TEST_F(CallClockTest, AFrameEveryOtherTickIsNoGap) {
  for (int ms = 20; ms <= 10'000; ms += 20) tick(ms, ms % 40 == 0 ? 2 : 0);
  EXPECT_NEAR(static_cast<double>(streamed_ms()), 10'000, 20);
}

TEST_F(CallClockTest, TellsHowMuchSilenceMayBeSkipped) {
  for (int i = 0; i < 5; ++i) tick(20);
  EXPECT_TRUE(clock_.may_skip_silence(CallClock::Time{} + milliseconds{60}));
  EXPECT_TRUE(clock_.may_skip_silence(CallClock::Time{} + milliseconds{103}));
  EXPECT_FALSE(clock_.may_skip_silence(CallClock::Time{} + milliseconds{115}));
  EXPECT_EQ(clock_.ahead(CallClock::Time{} + milliseconds{60}), 320);
  EXPECT_EQ(clock_.ahead(CallClock::Time{} + milliseconds{120}), -160);
}

TEST_F(CallClockTest, AWeekDoesNotOverflow) {
  tick(20);
  absent(std::int64_t{7} * 24 * 3600 * 1000);
  EXPECT_NEAR(static_cast<double>(streamed_ms()), 7.0 * 24 * 3600 * 1000, 100);
}

}  // namespace
}  // namespace audio_stream::audio
