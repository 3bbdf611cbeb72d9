#include "audio/rate_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::audio {
namespace {

TEST(RateName, IsAPlainNumberOfHertz) {
  EXPECT_EQ(rate_named("8000", 8000, 48'000), 8000U);
  EXPECT_EQ(rate_named("9600", 8000, 48'000), 9600U);
  EXPECT_EQ(rate_named("0", 0, 48'000), 0U);
}

TEST(RateName, InKilohertzIsOneOfTheRates) {
  for (const std::uint32_t rate_hz : kRates) {
    if (rate_hz % 1000 != 0) continue;
    const std::string digits = std::to_string(rate_hz / 1000);
    EXPECT_EQ(rate_named(digits + "k", 8000, 48'000), rate_hz);
    EXPECT_EQ(rate_named(digits + "K", 0, 192'000), rate_hz);
  }
}

TEST(RateName, OtherTextsAreNone) {
  for (const auto* text : {"", "k", "7k", "11k", "44.1k", "8kk", "8 k", "0k", "-8k", "+8k",
                           "24000k", "8khz", "8000Hz", "7999", "48001", "99999999999999999999k"}) {
    EXPECT_EQ(rate_named(text, 8000, 48'000), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace audio_stream::audio
