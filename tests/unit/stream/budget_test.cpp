#include "stream/budget.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace audio_stream::stream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Budget::Clock::time_point kBegin{std::chrono::hours{1}};

int all_that_is_left(Budget& budget, Budget::Clock::time_point now) {
  int tokens = 0;
  while (budget.left(now) && tokens < 10'000) {
    budget.spend(now);
    ++tokens;
  }
  return tokens;
}

TEST(Budget, HoldsWhatComesTogetherInTwoAndAHalfSeconds) {
  Budget budget{200};
  EXPECT_EQ(all_that_is_left(budget, kBegin), 500);
  EXPECT_EQ(all_that_is_left(budget, kBegin + milliseconds{100}), 20);
  EXPECT_EQ(all_that_is_left(budget, kBegin + seconds{100}), 500);
}

TEST(Budget, WaitsForATenthOfASecondOrAToken) {
  Budget budget{200};
  EXPECT_EQ(budget.wait(kBegin), Budget::Clock::duration{0});
  all_that_is_left(budget, kBegin);
  EXPECT_EQ(budget.wait(kBegin), milliseconds{100});
  EXPECT_EQ(all_that_is_left(budget, kBegin + budget.wait(kBegin)), 20);
  Budget slow{1};
  all_that_is_left(slow, kBegin);
  const auto later = kBegin + slow.wait(kBegin);
  EXPECT_TRUE(slow.left(later));
}

TEST(Budget, WhatIsNotThereIsOwed) {
  Budget budget{100};
  all_that_is_left(budget, kBegin);
  for (int i = 0; i < 50; ++i) budget.spend(kBegin);
  EXPECT_FALSE(budget.left(kBegin + milliseconds{500}));
  EXPECT_EQ(all_that_is_left(budget, kBegin + seconds{1}), 50);
}

TEST(Budget, OfZeroIsWithoutABound) {
  Budget budget{0};
  EXPECT_EQ(all_that_is_left(budget, kBegin), 10'000);
}

}  // namespace
}  // namespace audio_stream::stream
