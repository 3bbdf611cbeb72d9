#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace audio_stream::base {
namespace {

bool passes(std::string_view first, std::string_view second) {
  Utf8Check check;
  return check.take(first) && check.take(second) && check.complete();
}

/// RFC 3629, 3, by arithmetic: decodes each character, which must be the shortest form of its code
/// point.
bool is_right(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[at]);
    const std::size_t length = lead < 0x80              ? 1
                               : (lead & 0xE0U) == 0xC0 ? 2
                               : (lead & 0xF0U) == 0xE0 ? 3
                               : (lead & 0xF8U) == 0xF0 ? 4
                                                        : 0;
    if (length == 0 || text.size() - at < length) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<std::uint8_t>(text[at + i]);
      if ((byte & 0xC0U) != 0x80) return false;
      point = point << 6U | (byte & 0x3FU);
    }
    const std::size_t shortest = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    const bool surrogate = point >= 0xD800 && point < 0xE000;
    if (length != shortest || surrogate || point > 0x10FFFF) return false;
    at += length;
  }
  return true;
}

void compare(const std::string& text) {
  const bool right = is_right(text);
  ASSERT_EQ(is_utf8(text), right) << testing::PrintToString(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ASSERT_EQ(passes(text.substr(0, cut), text.substr(cut)), right)
        << testing::PrintToString(text) << " cut at " << cut;
  }
}

TEST(Utf8CheckTest, AgreesWithRfc3629) {
  // The bytes at which the rules change, in every combination of three, and of four if the first is
  // the lead of a character of four bytes.
  const std::string bytes{
      "\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef"
      "\xf0\xf1\xf3\xf4\xf5\xff",
      24};
  for (const char a : bytes) {
    compare({a});
    for (const char b : bytes) {
      compare({a, b});
      for (const char c : bytes) {
        compare({a, b, c});
        if (static_cast<std::uint8_t>(a) < 0xF0) continue;
        for (const char d : bytes) compare({a, b, c, d});
      }
    }
  }
}

TEST(Utf8CheckTest, EightBytesAtATimeMissNoError) {
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'a');
    text[at] = '\xff';
    EXPECT_FALSE(passes(text, ""));
    text.replace(at, 1, "\xc3\xa4");
    EXPECT_TRUE(passes(text, ""));
  }
}

}  // namespace
}  // namespace audio_stream::base
