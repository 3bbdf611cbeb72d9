#include "base/letter_case.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::base {
namespace {

TEST(LetterCase, OnlyAsciiLettersCompareWithoutCase) {
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_TRUE(equals_ignoring_case("Sec-WebSocket-Key", "sec-websocket-KEY"));
  EXPECT_FALSE(equals_ignoring_case("ws", "wss"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"))
      << "they differ by the bit that distinguishes upper and lower case";
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("0", "\x10"));
  EXPECT_FALSE(equals_ignoring_case("\xC3\x84", "\xC3\xA4")) << "A and a with an umlaut";
}

TEST(LetterCase, TextBecomesLowerCase) {
  EXPECT_EQ(to_lower("ASR.Example.COM:9000"), "asr.example.com:9000");
  EXPECT_EQ(to_lower("@[`{\xC3\x84"), "@[`{\xC3\x84");
}

}  // namespace
}  // namespace audio_stream::base
