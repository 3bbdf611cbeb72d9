#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace audio_stream::base {
namespace {

using namespace std::string_view_literals;

/// The bit pattern of `length` bytes for `code`, legal or not.
std::string encoded(std::uint32_t code, int length) {
  if (length == 1) return {static_cast<char>(code)};
  constexpr std::uint32_t kLead[] = {0, 0, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC};
  std::string text;
  for (int i = length - 1; i > 0; --i) {
    text.insert(text.begin(), static_cast<char>(0x80U | (code & 0x3FU)));
    code >>= 6U;
  }
  text.insert(text.begin(), static_cast<char>(kLead[length] | code));
  return text;
}

int shortest(std::uint32_t code) {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

TEST(Utf8, EveryCodePointExceptSurrogatesIsLegal) {
  for (std::uint32_t code = 0; code <= 0x10FFFF; ++code) {
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    ASSERT_EQ(is_utf8(encoded(code, shortest(code))), !surrogate) << std::hex << code;
  }
}

TEST(Utf8, NoCodePointBeyond10FFFFIsLegal) {
  for (std::uint32_t code = 0x110000; code < 0x200000; ++code) {
    ASSERT_FALSE(is_utf8(encoded(code, 4))) << std::hex << code;
  }
  EXPECT_FALSE(is_utf8(encoded(0x200000, 5)));
  EXPECT_FALSE(is_utf8(encoded(0x4000000, 6)));
  EXPECT_FALSE(is_utf8("\xFE"sv));
  EXPECT_FALSE(is_utf8("\xFF"sv));
}

TEST(Utf8, OverlongFormsAreIllegal) {
  for (std::uint32_t code = 0; code < 0x10000; ++code) {
    for (int length = shortest(code) + 1; length <= 4; ++length) {
      ASSERT_FALSE(is_utf8(encoded(code, length))) << std::hex << code << " in " << length;
    }
  }
}

TEST(Utf8, ATruncatedCharacterIsIllegalAtEachPosition) {
  for (const std::uint32_t code : {0xE9U, 0x20ACU, 0x1F600U}) {
    const std::string whole = encoded(code, shortest(code));
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
      EXPECT_FALSE(is_utf8(whole.substr(0, cut)));
      EXPECT_FALSE(is_utf8(whole.substr(0, cut) + "a"));
      EXPECT_FALSE(is_utf8("a" + whole.substr(0, cut) + whole));
    }
  }
}

TEST(Utf8, TellsWhetherATextEndsWithinACharacter) {
  EXPECT_FALSE(ends_within_character(""));
  EXPECT_FALSE(ends_within_character("a"));
  for (const std::uint32_t code : {0xE9U, 0x20ACU, 0x1F600U, 0x10FFFFU}) {
    const std::string whole = encoded(code, shortest(code));
    EXPECT_FALSE(ends_within_character(whole));
    EXPECT_FALSE(ends_within_character(whole + "a"));
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
      EXPECT_TRUE(ends_within_character(whole.substr(0, cut)));
      EXPECT_TRUE(ends_within_character("a" + whole + whole.substr(0, cut)));
    }
  }
}

TEST(Utf8, APrefixCutsNoCharacter) {
  EXPECT_EQ(utf8_prefix("abc", 3), "abc");
  EXPECT_EQ(utf8_prefix("abcd", 3), "abc");
  EXPECT_EQ(utf8_prefix("", 0), "");
  const std::string text = "a" + encoded(0x1F600, 4) + "b";
  for (std::size_t most = 1; most < 5; ++most) EXPECT_EQ(utf8_prefix(text, most), "a");
  EXPECT_EQ(utf8_prefix(text, 5), "a" + encoded(0x1F600, 4));
  EXPECT_EQ(utf8_prefix(text.substr(1), 3), "");
}

TEST(Utf8, AContinuationAloneIsIllegal) {
  for (int byte = 0x80; byte < 0xC0; ++byte) {
    EXPECT_FALSE(is_utf8(std::string{static_cast<char>(byte)}));
    EXPECT_FALSE(is_utf8(std::string{'a', static_cast<char>(byte)}));
  }
}

TEST(Utf8, InvalidUtf8IsReadAsLatin1) {
  EXPECT_EQ(mended_utf8("M\xFCller, \xC3\xBC, \xF0\x9F\x98\x80"),
            "M\xC3\xBCller, \xC3\xBC, \xF0\x9F\x98\x80");
  EXPECT_EQ(mended_utf8("\x80\xE2\x82"), "\xEF\xBF\xBD\xC3\xA2\xEF\xBF\xBD") << "truncated";
  for (int byte = 0x80; byte < 0x100; ++byte) {
    EXPECT_TRUE(is_utf8(mended_utf8(std::string{static_cast<char>(byte), 'a'}))) << byte;
  }
}

TEST(Utf8, OrdinaryTextsAreLegal) {
  EXPECT_TRUE(is_utf8(""sv));
  EXPECT_TRUE(is_utf8("plain"sv));
  EXPECT_TRUE(is_utf8("a\0b"sv));
  EXPECT_TRUE(is_utf8("Gr\xC3\xBC\xC3\x9F Gott \xF0\x9F\x98\x80"sv));
}

}  // namespace
}  // namespace audio_stream::base
