#include "stream/retry_policy.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <set>

namespace audio_stream::stream {
namespace {

constexpr std::array<std::int64_t, 10> kFull{100,  200,  400,   800,   1600,
                                             3200, 6400, 10000, 10000, 10000};

TEST(RetryPolicy, DoublesFrom100MsTo10SecondsEachShortenedByAtMostAQuarter) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    RetryPolicy policy{seed};
    for (const std::int64_t full : kFull) {
      const auto wait = policy.next_wait().count();
      ASSERT_GE(wait, full * 3 / 4) << "seed " << seed;
      ASSERT_LE(wait, full) << "seed " << seed;
    }
  }
}

TEST(RetryPolicy, JitterUsesItsWholeRange) {
  std::set<std::int64_t> waits;
  for (std::uint32_t seed = 0; seed < 5000; ++seed) {
    waits.insert(RetryPolicy{seed * 7919}.next_wait().count());
  }
  EXPECT_EQ(*waits.begin(), 75);
  EXPECT_EQ(*waits.rbegin(), 100);
  EXPECT_EQ(waits.size(), 26U);
}

TEST(RetryPolicy, BeginsAnewWithTheShortestWait) {
  RetryPolicy policy{1};
  for (int wait = 0; wait < 20; ++wait) policy.next_wait();
  policy.reset();
  EXPECT_LE(policy.next_wait().count(), 100);
  EXPECT_GE(policy.next_wait().count(), 150);
}

TEST(RetryPolicy, StaysAtItsLongestForEver) {
  RetryPolicy policy{3};
  for (int i = 0; i < 100'000; ++i) {
    const auto wait = policy.next_wait().count();
    ASSERT_GE(wait, 75);
    ASSERT_LE(wait, 10'000);
  }
  EXPECT_GE(policy.next_wait().count(), 7500);
}

}  // namespace
}  // namespace audio_stream::stream
