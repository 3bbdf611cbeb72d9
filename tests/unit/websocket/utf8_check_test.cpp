#include "websocket/utf8_check.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "base/utf8.hpp"

namespace audio_stream::websocket {
namespace {

bool passes(std::string_view first, std::string_view second) {
  Utf8Check check;
  return check.take(first) && check.take(second) && check.complete();
}

/// The check of whole texts is another program.
void compare(const std::string& text) {
  const bool right = base::is_utf8(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ASSERT_EQ(passes(text.substr(0, cut), text.substr(cut)), right)
        << testing::PrintToString(text) << " cut at " << cut;
  }
}

TEST(Utf8CheckTest, AgreesWithTheCheckOfWholeTexts) {
  // The bytes at which the rules change, in every combination of three, and of four that begin with
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

TEST(Utf8CheckTest, EightBytesAtATimeHideNothing) {
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'a');
    text[at] = '\xff';
    EXPECT_FALSE(passes(text, ""));
    text.replace(at, 1, "\xc3\xa4");
    EXPECT_TRUE(passes(text, ""));
  }
}

}  // namespace
}  // namespace audio_stream::websocket
