#include "base/redacted.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::base {
namespace {

TEST(Redacted, AWordIsShownAsItIs) {
  EXPECT_EQ(redacted("hello"), "hello");
  EXPECT_EQ(base::quoted("strat"), "\"strat\"");
  EXPECT_EQ(base::quoted("M\xC3\xBCller"), "\"M\xC3\xBCller\"");
  EXPECT_EQ(redacted("really?"), "really?");
}

TEST(Redacted, NoTextBreaksALineOrATerminal) {
  EXPECT_EQ(redacted("a\r\nb\x1B[31m\x7F"), "a??b?[31m?");
  EXPECT_EQ(redacted("a\x01z"), "a?z");
  EXPECT_EQ(redacted("a\xC2\x9B"
                     "31m"),
            "a?31m")
      << "the control character U+009B";
  EXPECT_EQ(redacted("M\xFCller"), "M?ller") << "no UTF-8";
}

TEST(Redacted, ALongTextIsCutBetweenTwoCharactersAndMarked) {
  EXPECT_EQ(base::quoted(std::string(1000, 'x')), "\"" + std::string(64, 'x') + "...\"");
  EXPECT_EQ(redacted("abcdef", 3), "abc...");
  EXPECT_EQ(redacted("ab\xE2\x82\xAC"
                     "d",
                     4),
            "ab...")
      << "an euro sign of three bytes";
  EXPECT_LE(redacted("ws://" + std::string(1000, 'h')).size(), 210U);
}

TEST(Redacted, AUrlIsShownWithoutUserinfoPathAndQuery) {
  EXPECT_EQ(redacted("wss://host/path?token=s3cret"), "wss://host/...");
  EXPECT_EQ(redacted("ws://u:s3cret@h:9000/x"), "ws://h:9000/...");
  EXPECT_EQ(redacted("ws://h/"), "ws://h/");
  EXPECT_EQ(redacted("ws://h"), "ws://h");
  EXPECT_EQ(redacted("ws://[::1]:9000/x"), "ws://[::1]:9000/...");
}

TEST(Redacted, ARedirectIsShownWithItsPath) {
  EXPECT_EQ(redacted_location("https://u:s3cret@h/a/b?token=s3cret"), "https://h/a/b");
  EXPECT_EQ(redacted_location("https://h"), "https://h");
  EXPECT_EQ(redacted_location("/b?token=s3cret"), "/b");
  EXPECT_EQ(redacted_location("https://u:s3cret/x@h/"), "https://...");
}

TEST(Redacted, NoPartOfASecretIsShown) {
  for (const char* text :
       {"ws://h:s3cret/", "ws://h:s3cret", "ws://u:s3cret/x@h/", "ws://u:x/s3cret@h/",
        "ws://u:s3cret?x@h/", "wss://h/?mail=me@s3cret", "host?token=s3cret://x",
        "user:s3cret://x@host/", "ws:/h/?token=s3cret&next=http://x", "u:s3cret@h/x",
        "h/x?token=s3cret", "h?token=s3cret&mail=a@b", "h?mail=a@s3cret", R"({"mail":"a@s3cret"})",
        R"(["a@s3cret"])", R"({"Authorization":"Bearer s3cret"})", R"(metadata={"key":"s3cret"})",
        R"(["s3cret"])", "http://u:s3cret@p:3128"}) {
    EXPECT_EQ(redacted(text).find("s3cret"), std::string::npos) << text << ": " << redacted(text);
  }
}

}  // namespace
}  // namespace audio_stream::base
