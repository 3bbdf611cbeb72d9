#include "base/hex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace audio_stream::base {
namespace {

TEST(Hex, EachDigitHasItsValueInEitherCase) {
  constexpr std::string_view kLower = "0123456789abcdef";
  constexpr std::string_view kUpper = "0123456789ABCDEF";
  for (std::size_t i = 0; i < kLower.size(); ++i) {
    EXPECT_EQ(hex_value(kLower[i]), i);
    EXPECT_EQ(hex_value(kUpper[i]), i);
  }
  for (const char c : std::string_view{"/:@G`g \xFF"}) EXPECT_FALSE(hex_value(c)) << c;
}

TEST(Hex, AByteHasTwoDigits) {
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(to_hex(std::array<unsigned char, 4>{0x00, 0x0F, 0xA0, 0xFF}), "000fa0ff");
}

}  // namespace
}  // namespace audio_stream::base
