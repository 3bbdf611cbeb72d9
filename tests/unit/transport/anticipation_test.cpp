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
