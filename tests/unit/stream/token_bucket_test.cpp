#include "stream/token_bucket.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace audio_stream::stream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TokenBucket::Clock::time_point kBegin{std::chrono::hours{1}};

int all_that_is_left(TokenBucket& budget, TokenBucket::Clock::time_point now) {
  int tokens = 0;
  while (budget.available(now) && tokens < 10'000) {
    budget.take(now);
    ++tokens;
  }
  return tokens;
}

TEST(TokenBucket, HoldsTheTokensOfTwoAndAHalfSeconds) {
  TokenBucket budget{200};
  EXPECT_EQ(all_that_is_left(budget, kBegin), 500);
  EXPECT_EQ(all_that_is_left(budget, kBegin + milliseconds{100}), 20);
  EXPECT_EQ(all_that_is_left(budget, kBegin + seconds{100}), 500);
}

TEST(TokenBucket, WaitsForATenthOfASecondOrAToken) {
  TokenBucket budget{200};
  EXPECT_EQ(budget.wait(kBegin), TokenBucket::Clock::duration{0});
  all_that_is_left(budget, kBegin);
  EXPECT_EQ(budget.wait(kBegin), milliseconds{100});
  EXPECT_EQ(all_that_is_left(budget, kBegin + budget.wait(kBegin)), 20);
  TokenBucket slow{1};
  all_that_is_left(slow, kBegin);
  const auto later = kBegin + slow.wait(kBegin);
  EXPECT_TRUE(slow.available(later));
}

TEST(TokenBucket, AnEmptyBucketGoesIntoDebt) {
  TokenBucket budget{100};
  all_that_is_left(budget, kBegin);
  for (int i = 0; i < 50; ++i) budget.take(kBegin);
  EXPECT_FALSE(budget.available(kBegin + milliseconds{500}));
  EXPECT_EQ(all_that_is_left(budget, kBegin + seconds{1}), 50);
}

TEST(TokenBucket, ZeroMeansNoLimit) {
  TokenBucket budget{0};
  EXPECT_EQ(all_that_is_left(budget, kBegin), 10'000);
}

}  // namespace
}  // namespace audio_stream::stream
