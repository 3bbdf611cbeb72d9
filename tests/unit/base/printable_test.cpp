#include "base/printable.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::base {
namespace {

TEST(Printable, ControlCharactersAndBrokenUtf8AreQuestionMarks) {
  EXPECT_EQ(printable("a\r\n b\x1B[31m\x7F"), "a?? b?[31m?");
  EXPECT_EQ(printable("M\xC3\xBCller \xFC \xE2\x82"), "M\xC3\xBCller ? ??");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "b\xE2\x80\xA8"
                      "c"),
            "a?b?c");
  EXPECT_EQ(printable(std::string{"a\0b", 3}), "a?b");
}

TEST(Printable, ALongTextIsCutBetweenTwoCharactersAndMarked) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("ab\xE2\x82\xAC", 4), "ab...");
  EXPECT_EQ(printable("", 0), "");
}

TEST(OneLine, BlanksAndControlCharactersBecomeOneBlank) {
  EXPECT_EQ(one_line("  a\r\n\t b\x1b[31m\x7f"
                     "c \n",
                     200),
            "a b [31m c");
  EXPECT_EQ(one_line("a\xc2\x85"
                     "b\xe2\x80\xa8"
                     "c\xc2\x9b"
                     "d",
                     200),
            "a b c d");
  EXPECT_EQ(one_line(std::string{"\0", 1}, 200), "");
}

TEST(OneLine, InvalidUtf8BecomesAQuestionMark) {
  EXPECT_EQ(one_line("caf\xc3\xa9 \xe9t\xe9 ", 200), "caf\xc3\xa9 ?t?");
  EXPECT_EQ(one_line("\xff\xfe", 200), "??");
}

TEST(OneLine, IsCutBetweenTwoCharacters) {
  EXPECT_EQ(one_line("abcdef", 3), "abc");
  EXPECT_EQ(one_line("ab\xc3\xa4", 3), "ab");
  EXPECT_EQ(one_line("ab  c", 3), "ab");
  EXPECT_EQ(one_line("ab\xe2\x82", 200), "ab") << "a character that the text itself cuts";
}

}  // namespace
}  // namespace audio_stream::base
