#include "audio/codec/g711.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace audio_stream::audio::codec
