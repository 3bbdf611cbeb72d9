#include "support/flatness.hpp"

#include <gtest/gtest.h>

namespace test {
namespace {

std::vector<double> line(std::size_t count, double from, double step) {
  std::vector<double> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(from + step * static_cast<double>(i));
  return all;
}

TEST(Flatness, ConstantSamplesAreFlat) {
  EXPECT_EQ(growth("memory", line(400, 100, 0), {}), std::nullopt);
}

TEST(Flatness, GrowthIsNamedWithItsFigures) {
  const auto wrong = growth("memory", line(400, 100, 1), {.share = 0.05, .besides = 10});
  ASSERT_TRUE(wrong);
  EXPECT_NE(wrong->find("memory grew from 2"), std::string::npos) << *wrong;
}

TEST(Flatness, GrowthWithinTheSlackIsNone) {
  EXPECT_EQ(growth("memory", line(400, 1000, 0.1), {.share = 0.05}), std::nullopt);
  EXPECT_EQ(growth("memory", line(400, 1000, 0.1), {.besides = 30}), std::nullopt);
  EXPECT_TRUE(growth("memory", line(400, 1000, 0.1), {.besides = 10}));
}

TEST(Flatness, TheBeginningMayGrowAndSinglePeaksMayBeHigh) {
  auto samples = line(400, 1000, 0);
  for (std::size_t i = 0; i < 100; ++i) samples[i] = static_cast<double>(i);
  for (std::size_t i = 310; i < 400; i += 10) samples[i] = 100000;
  EXPECT_EQ(growth("memory", samples, {}), std::nullopt);
}

TEST(Flatness, TooFewSamplesAreNotJudged) {
  EXPECT_EQ(growth("memory", line(7, 0, 100), {}), std::nullopt);
}

}  // namespace
}  // namespace test
