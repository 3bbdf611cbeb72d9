#include "stream/retry_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "stream/recent_losses.hpp"

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

TEST(RetryPolicy, AResetBeginsWithTheShortestWait) {
  RetryPolicy policy{1};
  for (int wait = 0; wait < 20; ++wait) policy.next_wait();
  policy.reset();
  EXPECT_LE(policy.next_wait().count(), 100);
  EXPECT_GE(policy.next_wait().count(), 150);
}

TEST(RetryPolicy, TheLongestWaitRepeats) {
  RetryPolicy policy{3};
  for (int i = 0; i < 100'000; ++i) {
    const auto wait = policy.next_wait().count();
    ASSERT_GE(wait, 75);
    ASSERT_LE(wait, 10'000);
  }
  EXPECT_GE(policy.next_wait().count(), 7500);
}

// The server may return at any time of an outage of up to the buffer less a second. An attempt
// follows while there is still room.
TEST(RetryPolicy, AnAttemptComesInTheLastSecondBeforeTheBufferIsFull) {
  for (const std::int64_t buffer : {1500, 2000, 5000, 20'000, 60'000}) {
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
      RetryPolicy policy{seed};
      std::int64_t now = 0;
      std::int64_t last_in_time = 0;
      for (int attempts = 0; now < buffer; ++attempts) {
        ASSERT_LT(attempts, 40);
        now += policy.next_wait(std::chrono::milliseconds{buffer - now}).count();
        if (now <= buffer - 300) last_in_time = now;
      }
      ASSERT_GE(last_in_time, buffer - 1000) << "buffer " << buffer << ", seed " << seed;
    }
  }
}

TEST(RetryPolicy, AttemptsBeforeTheBufferIsFullDoNotLengthenLaterWaits) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    RetryPolicy policy{seed};
    std::int64_t now = 0;
    while (now < 800) now += policy.next_wait(std::chrono::milliseconds{800 - now}).count();
    ASSERT_LE(policy.next_wait(std::chrono::milliseconds{0}).count(), 1600) << "seed " << seed;
  }
}

TEST(RetryPolicy, AttemptsOfManyStreamsBeforeTheBufferIsFullAreSpread) {
  std::set<std::int64_t> attempts;
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    RetryPolicy policy{seed * 7919};
    for (int i = 0; i < 6; ++i) policy.next_wait();  // the next wait is at least 4800 ms
    attempts.insert(policy.next_wait(std::chrono::milliseconds{3000}).count());
  }
  EXPECT_GE(attempts.size(), 600U);
  EXPECT_GE(*attempts.begin(), 2000);
  EXPECT_LE(*attempts.rbegin(), 2700);
}

TEST(RetryPolicy, WithAFullBufferTheWaitsAreTheUsualOnes) {
  RetryPolicy policy{1};
  for (int i = 0; i < 8; ++i) policy.next_wait(std::chrono::milliseconds{0});
  EXPECT_GE(policy.next_wait(std::chrono::milliseconds{0}).count(), 7500);
}

TEST(RecentLosses, MoreLossesAtOnceSpreadReconnectionsOverALongerTime) {
  RecentLosses losses;
  const RecentLosses::Clock::time_point now{std::chrono::hours{1}};
  EXPECT_EQ(losses.record(now).count(), 0);
  for (int i = 1; i < 1999; ++i) losses.record(now);
  EXPECT_EQ(losses.record(now).count(), 499);
  for (int i = 2000; i < 10'000; ++i) losses.record(now);
  EXPECT_EQ(losses.record(now).count(), 1000);
  EXPECT_EQ(losses.record(now + std::chrono::seconds{1}).count(), 0);
}

// Of four thousand streams that lose one server only a few reconnect in the same millisecond.
TEST(RecentLosses, FourThousandStreamsDoNotReconnectAtOnce) {
  RecentLosses losses;
  const RecentLosses::Clock::time_point now{std::chrono::hours{1}};
  std::map<std::int64_t, int> in_a_millisecond;
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    RetryPolicy policy{seed * 7919};
    ++in_a_millisecond[policy.next_wait(std::nullopt, losses.record(now)).count()];
  }
  int most = 0;
  for (const auto& [when, count] : in_a_millisecond) most = std::max(most, count);
  EXPECT_LT(most, 40);
  EXPECT_GT(in_a_millisecond.rbegin()->first, 900);
}

}  // namespace
}  // namespace audio_stream::stream
