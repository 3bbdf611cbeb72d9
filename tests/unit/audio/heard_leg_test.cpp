#include "audio/heard_leg.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace audio_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

class HeardLegTest : public testing::Test {
 protected:
  void write_ms(std::uint32_t ms) {
    Samples frame(ms * 8);
    for (auto& sample : frame) sample = static_cast<std::int16_t>(++written_);
    EXPECT_TRUE(leg_->push({frame, 8000, 1}, now_));
  }
  void pass(std::uint32_t ms) { now_ += std::chrono::milliseconds{ms}; }
  Samples pull_ms(std::uint32_t ms) {
    Samples out(ms * 8, 12345);
    leg_->tick(now_);
    leg_->pull(out);
    return out;
  }

  std::unique_ptr<HeardLeg> leg_ = *HeardLeg::create(8000, 8000);
  int written_ = 0;
  HeardLeg::Time now_ = HeardLeg::Time{} + std::chrono::hours{1};
};

TEST_F(HeardLegTest, WrittenSamplesComeOutAndTheRestIsSilence) {
  EXPECT_EQ(pull_ms(1), Samples(8, 0));
  write_ms(1);
  EXPECT_EQ(pull_ms(2), (Samples{1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(leg_->left_out(), 0U);
}

// Frames of 60 ms are written to a call that is read in frames of 20 ms, and vice versa.
TEST_F(HeardLegTest, FramesOfOtherLengthsLoseNothing) {
  for (const auto& [write, pull] : {std::pair{60U, 20U}, {20U, 60U}, {30U, 20U}, {40U, 10U}}) {
    leg_ = *HeardLeg::create(8000, 8000);
    written_ = 0;
    Samples heard;
    std::uint32_t pulled = 0;
    for (std::uint32_t now = write; now <= 2400; now += write) {
      pass(write);
      write_ms(write);
      for (; pulled + pull <= now; pulled += pull) {
        const auto part = pull_ms(pull);
        heard.insert(heard.end(), part.begin(), part.end());
      }
    }
    for (std::size_t i = 0; i < heard.size(); ++i) {
      ASSERT_EQ(heard[i], static_cast<std::int16_t>(i + 1)) << write << " ms, " << pull << " ms";
    }
    EXPECT_EQ(leg_->left_out(), 0U);
  }
}

// The judged second is a second of the caller's leg, including silence that the stream adds.
TEST_F(HeardLegTest, SilenceOfTheCallersLegCountsToTheJudgedSecond) {
  for (int i = 0; i < 3; ++i) write_ms(20);
  pull_ms(20);
  leg_->count_silence(8000 - 161);
  EXPECT_EQ(leg_->left_out(), 0U);
  leg_->count_silence(1);
  EXPECT_EQ(leg_->left_out(), 160U) << "20 ms may wait";
}

// After one late frame the leg stays a frame behind, so that the next late frame costs nothing.
TEST_F(HeardLegTest, OneFrameOfLagIsKept) {
  pull_ms(20);
  for (int i = 0; i < 200; ++i) {
    pass(20);
    write_ms(20);
    if (i == 0) write_ms(20);  // the late frame
    pull_ms(20);
  }
  EXPECT_EQ(leg_->waiting(), 160U);
  EXPECT_EQ(leg_->left_out(), 0U);
}

TEST_F(HeardLegTest, MoreLagIsLeftOutWithinASecondAndCounted) {
  write_ms(80);
  for (int i = 0; i < 60; ++i) {
    pass(20);
    write_ms(20);
    pull_ms(20);
  }
  EXPECT_EQ(leg_->waiting(), 160U);
  EXPECT_EQ(leg_->left_out(), 60U * 8);
}

// A frame written just after a tick waits almost a whole frame until the next tick.
TEST_F(HeardLegTest, AFrameThatWaitsBehindAFreshOneIsLeftOut) {
  write_ms(40);
  for (int i = 0; i < 120; ++i) {
    pass(19);
    pull_ms(20);
    pass(1);
    write_ms(20);
  }
  EXPECT_EQ(leg_->left_out(), 19U * 8);
  pass(19);
  pull_ms(20);
  EXPECT_EQ(leg_->lag(), 20U * 8);
}

// A writer that comes before the tick in one second and after it in the next loses nothing.
TEST_F(HeardLegTest, AWriterThatRacesWithTheReaderLosesNothing) {
  pull_ms(20);
  for (int i = 0; i < 3000; ++i) {
    const bool late = i / 70 % 2 != 0;
    if (!late) {
      pass(19);
      write_ms(20);
      pass(1);
    } else {
      pass(20);
    }
    pull_ms(20);
    if (late) write_ms(20);
  }
  EXPECT_EQ(leg_->left_out(), 0U);
  EXPECT_LE(leg_->lag(), 20U * 8 + 8);
}

TEST_F(HeardLegTest, AnHourOfJitterNeitherGrowsNorShrinksTheLag) {
  std::uint32_t random = 1;
  const auto dice = [&random] { return (random = random * 1664525 + 1013904223) >> 28U; };
  int owed = 0;
  for (int tick = 0; tick < 180'000; ++tick) {
    ++owed;
    pass(20);
    // One frame in sixteen is a tick late, sometimes two.
    if (dice() != 0 || owed > 2) {
      for (; owed > 0; --owed) write_ms(20);
    }
    pull_ms(20);
    ASSERT_LE(leg_->waiting(), 3U * 160) << "tick " << tick;
  }
}

TEST_F(HeardLegTest, SamplesWithoutRoomAreLeftOutAndCounted) {
  for (int i = 0; i < 100; ++i) write_ms(20);
  EXPECT_GE(leg_->waiting(), HeardLeg::kRoomMs * 8);
  EXPECT_EQ(leg_->left_out() + leg_->waiting(), 16'000U);
  leg_->discard();
  EXPECT_EQ(leg_->waiting(), 0U);
}

TEST_F(HeardLegTest, TheRateMayDifferFromTheCallersAndChange) {
  auto leg = *HeardLeg::create(8000, 16000);
  EXPECT_TRUE(leg->push({Samples(160, 1000), 8000, 1}, {}));
  EXPECT_NEAR(static_cast<double>(leg->waiting()), 320.0, 40.0);
  leg->discard();
  EXPECT_TRUE(leg->push({Samples(640, 1000), 16000, 2}, {}));
  EXPECT_EQ(leg->waiting(), 320U);
  EXPECT_FALSE(leg->push({Samples(160, 1000), 0, 1}, {}));
}

TEST_F(HeardLegTest, WriterAndReaderMayRunAtTheSameTime) {
  std::atomic<bool> done{false};
  std::thread writer{[&] {
    for (int i = 0; i < 2000; ++i) {
      while (leg_->waiting() > 2000) std::this_thread::yield();
      write_ms(20);
    }
    done = true;
  }};
  std::int16_t last = 0;
  std::uint64_t heard = 0;
  bool in_order = true;
  while (!done || leg_->waiting() > 0) {
    for (const std::int16_t sample : pull_ms(20)) {
      if (sample == 0) continue;
      in_order &= heard == 0 || static_cast<std::int16_t>(sample - last) > 0;
      last = sample;
      ++heard;
    }
  }
  writer.join();
  EXPECT_TRUE(in_order);
  EXPECT_GT(heard, 0U);
}

}  // namespace
}  // namespace audio_stream::audio
