#include "base/whole_number.hpp"

#include <gtest/gtest.h>

namespace audio_stream::base {
namespace {

TEST(WholeNumber, IsWithinItsBounds) {
  EXPECT_EQ(whole_number("1", 1, 65535), 1);
  EXPECT_EQ(whole_number("65535", 1, 65535), 65535);
  EXPECT_EQ(whole_number("-5", -10, 10), -5);
  EXPECT_FALSE(whole_number("0", 1, 65535));
  EXPECT_FALSE(whole_number("65536", 1, 65535));
  EXPECT_FALSE(whole_number("99999999999999999999", 1, 65535)) << "more than a long can hold";
}

TEST(WholeNumber, IsAMultipleOfItsStep) {
  EXPECT_EQ(whole_number("40", 20, 1000, 20), 40);
  EXPECT_FALSE(whole_number("30", 20, 1000, 20));
}

TEST(WholeNumber, HasNoOtherCharactersAroundIt) {
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "1s", "-"}) {
    EXPECT_FALSE(whole_number(text, -10, 10)) << text;
  }
}

}  // namespace
}  // namespace audio_stream::base
