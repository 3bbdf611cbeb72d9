#include "audio/codec/g711.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
namespace audio_stream::audio::codec {
namespace {

TEST(G711, DecodesTheEndsAndTheMiddle) {
  EXPECT_EQ(from_mu_law(0xFF), 0);
  EXPECT_EQ(from_mu_law(0x00), -32124);
  EXPECT_EQ(from_mu_law(0x80), 32124);
  EXPECT_EQ(from_a_law(0xD5), 8);
  EXPECT_EQ(from_a_law(0x55), -8);
  EXPECT_EQ(from_a_law(0xAA), 32256);
  EXPECT_EQ(from_a_law(0x2A), -32256);
}

TEST(G711, EveryByteComesBack) {
  for (int i = 0; i < 256; ++i) {
    const auto byte = static_cast<std::uint8_t>(i);
    EXPECT_EQ(to_mu_law(from_mu_law(byte)), byte == 0x7F ? 0xFF : byte);
    EXPECT_EQ(to_a_law(from_a_law(byte)), byte);
  }
}

TEST(G711, EverySampleBecomesOneOfTheTwoNearestSteps) {
  for (int sample = -32'768; sample <= 32'767; ++sample) {
    const int magnitude = sample < 0 ? -sample : sample;
    const int step =
        magnitude < 256 ? 16 : 1 << (std::bit_width(static_cast<unsigned>(magnitude + 132)) - 5);
    const auto value = static_cast<std::int16_t>(sample);
    EXPECT_LE(std::abs(from_a_law(to_a_law(value)) - sample), 2 * step) << sample;
    EXPECT_LE(std::abs(from_mu_law(to_mu_law(value)) - sample), 2 * step) << sample;
  }
}

}  // namespace
}  // namespace audio_stream::audio::codec
