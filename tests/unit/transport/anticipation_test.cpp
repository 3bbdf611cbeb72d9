#include "transport/anticipation.hpp"

#include <gtest/gtest.h>

namespace audio_stream::transport {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Time = Anticipation::Time;

/// Frames as a call has them.
class Frames {
 public:
  void come(int count, milliseconds pace, microseconds off = {}) {
    for (int i = 0; i < count; ++i) {
      now_ += pace;
      anticipation.came(now_ + (i % 2 == 0 ? off : -off));
    }
  }
  void pass(milliseconds time) { now_ += time; }
  [[nodiscard]] Time now() const { return now_; }

  Anticipation anticipation;

 private:
  Time now_{std::chrono::seconds{100}};
};

/// The next frame is looked out for when it is due, in so much time.
void expect_next_in(const Frames& frames, milliseconds time) {
  const auto watch = frames.anticipation.next();
  ASSERT_TRUE(watch);
  EXPECT_LT(watch->from, frames.now() + time);
  EXPECT_GT(watch->until, frames.now() + time);
}

TEST(Anticipation, KnowsNothingAtFirst) {
  Frames frames;
  EXPECT_FALSE(frames.anticipation.next());
  frames.come(Anticipation::kTrust - 1, milliseconds{20});
  EXPECT_FALSE(frames.anticipation.next());
}

TEST(Anticipation, LooksOutAroundTheMomentAnEvenFrameIsDue) {
  for (const milliseconds pace : {milliseconds{10}, milliseconds{20}, milliseconds{60}}) {
    Frames frames;
    frames.come(20, pace);
    const auto watch = frames.anticipation.next();
    ASSERT_TRUE(watch) << pace.count();
    const Time due = frames.now() + pace;
    EXPECT_LT(watch->from, due - Anticipation::kWaking);
    EXPECT_GT(watch->until, due);
    // A hundredth of a processor, of a call of 20 ms.
    EXPECT_LE(watch->until - watch->from, Anticipation::kWaking + 2 * Anticipation::kLeast);
  }
}

TEST(Anticipation, LooksOutForLongerTheLessEvenFramesAre) {
  Frames even;
  even.come(100, milliseconds{20}, microseconds{5});
  Frames uneven;
  uneven.come(100, milliseconds{20}, microseconds{40});
  const auto a = even.anticipation.next();
  const auto b = uneven.anticipation.next();
  ASSERT_TRUE(a && b);
  EXPECT_LT(a->until - a->from, b->until - b->from);
}

// As on a virtual machine.
TEST(Anticipation, FramesThatAreLateNowAndThenMakeItNoLessSure) {
  Frames frames;
  for (int i = 0; i < 400; ++i) {
    const bool late = i % 4 == 3;
    frames.pass(milliseconds{20});
    frames.anticipation.came(frames.now() + microseconds{late ? 900 : i % 2 * 20});
    if (i < 100) continue;
    const auto watch = frames.anticipation.next();
    ASSERT_TRUE(watch) << i;
    EXPECT_LT(watch->from, frames.now() + milliseconds{20}) << i;
    EXPECT_GT(watch->until, frames.now() + milliseconds{20} + microseconds{20}) << i;
  }
}

// The first one tells when the next is due by mistake.
TEST(Anticipation, FindsThePaceThoughTheFirstFrameWasLate) {
  Frames frames;
  frames.anticipation.came(frames.now() + microseconds{400});
  frames.come(100, milliseconds{20});
  expect_next_in(frames, milliseconds{20});
}

// Clocks differ: by a ten-thousandth.
TEST(Anticipation, FollowsAClockThatIsNotOurs) {
  Frames frames;
  auto now = frames.now();
  for (int i = 0; i < 1000; ++i) frames.anticipation.came(now += microseconds{20'002});
  const auto watch = frames.anticipation.next();
  ASSERT_TRUE(watch);
  EXPECT_LT(watch->from, now + microseconds{20'002});
  EXPECT_GT(watch->until, now + microseconds{20'002});
}

TEST(Anticipation, WantsToBeAwakeSoMuchSoonerAsItWakesLater) {
  Frames frames;
  frames.come(20, milliseconds{20});
  for (int i = 0; i < 50; ++i)
    frames.anticipation.woke(frames.now(), frames.now() + microseconds{200});
  const auto slow = frames.anticipation.next();
  for (int i = 0; i < 50; ++i)
    frames.anticipation.woke(frames.now(), frames.now() + microseconds{20});
  const auto quick = frames.anticipation.next();
  ASSERT_TRUE(slow && quick);
  EXPECT_LT(slow->from, frames.now() + milliseconds{20} - microseconds{200});
  EXPECT_GT(quick->from, frames.now() + milliseconds{20} - microseconds{100});
  EXPECT_EQ(slow->until, quick->until);
}

// As where the network is the clock.
TEST(Anticipation, DoesNotForeseeAnUnevenPace) {
  Frames frames;
  frames.come(100, milliseconds{20}, microseconds{400});
  EXPECT_FALSE(frames.anticipation.next());
}

// A thread is held up now and then.
TEST(Anticipation, AFrameThatIsLateMovesNothing) {
  Frames frames;
  frames.come(100, milliseconds{20});
  for (const microseconds late : {microseconds{700}, microseconds{5000}}) {
    frames.pass(milliseconds{20});
    frames.anticipation.came(frames.now() + late);
    frames.come(10, milliseconds{20});
    expect_next_in(frames, milliseconds{20});
  }
}

TEST(Anticipation, DoesNotForeseeTwoCalls) {
  Frames frames;
  for (int i = 0; i < 50; ++i) {
    frames.come(1, milliseconds{13});
    frames.come(1, milliseconds{7});
  }
  EXPECT_FALSE(frames.anticipation.next());
}

TEST(Anticipation, BeginsAnewAfterAPause) {
  Frames frames;
  frames.come(50, milliseconds{20});
  frames.pass(milliseconds{5007});
  frames.come(Anticipation::kPatience, milliseconds{20});
  EXPECT_FALSE(frames.anticipation.next());
  frames.come(Anticipation::kTrust + 1, milliseconds{20});
  expect_next_in(frames, milliseconds{20});
}

TEST(Anticipation, FollowsAnotherPace) {
  Frames frames;
  frames.come(50, milliseconds{20});
  frames.come(50, milliseconds{30});
  expect_next_in(frames, milliseconds{30});
}

TEST(Anticipation, ForgetsWhenTold) {
  Frames frames;
  frames.come(50, milliseconds{20});
  frames.anticipation.forget();
  EXPECT_FALSE(frames.anticipation.next());
}

}  // namespace
}  // namespace audio_stream::transport
