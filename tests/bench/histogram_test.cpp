#include "macro/sink/histogram.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace bench {
namespace {

TEST(Histogram, IsZeroWithoutDurations) {
  const Histogram none;
  EXPECT_EQ(none.total(), 0U);
  EXPECT_EQ(none.quantile_us(0.5), 0);
  EXPECT_EQ(none.most_us(), 0);
}

TEST(Histogram, QuantilesAreAccurateToThreePercent) {
  Histogram times;
  for (std::int64_t us = 1; us <= 10000; ++us) times.add(us * 1000);
  EXPECT_EQ(times.total(), 10000U);
  EXPECT_NEAR(times.quantile_us(0.5), 5000, 160);
  EXPECT_NEAR(times.quantile_us(0.99), 9900, 310);
  EXPECT_EQ(times.quantile_us(1), 10000);
  EXPECT_EQ(times.most_us(), 10000);
}

TEST(Histogram, AQuantileIsNeverLessThanItsTime) {
  for (const std::int64_t ns : {0, 1, 31, 32, 33, 63, 64, 1000, 123456789}) {
    Histogram times;
    times.add(ns);
    EXPECT_EQ(times.quantile_us(0.5), static_cast<double>(ns) / 1000) << ns;
  }
}

TEST(Histogram, ARareLongDurationShowsInTheMaximumOnly) {
  Histogram times;
  for (int i = 0; i < 999; ++i) times.add(100'000);
  times.add(3'000'000'000);
  EXPECT_NEAR(times.quantile_us(0.99), 100, 4);
  EXPECT_EQ(times.most_us(), 3'000'000);
}

TEST(Histogram, ANegativeDurationCountsAsZero) {
  Histogram times;
  times.add(-5);
  EXPECT_EQ(times.total(), 1U);
  EXPECT_EQ(times.most_us(), 0);
}

}  // namespace
}  // namespace bench
