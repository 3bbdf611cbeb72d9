#include "transport/shown.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/utf8.hpp"

namespace audio_stream::transport {
namespace {

TEST(Shown, AWordIsShownAsItIs) {
  EXPECT_EQ(shown("hello"), "hello");
  EXPECT_EQ(in_quotes("strat"), "\"strat\"");
  EXPECT_EQ(in_quotes("M\xC3\xBCller"), "\"M\xC3\xBCller\"");
  EXPECT_EQ(shown("really?"), "really?");
}

TEST(Shown, NothingBreaksALineOrATerminal) {
  EXPECT_EQ(shown("a\r\nb\x1B[31m\x7F"), "a??b?[31m?");
  EXPECT_EQ(shown("a\x01z"), "a?z");
  EXPECT_EQ(shown("a\xC2\x9B"
                  "31m"),
            "a?31m")
      << "the control character U+009B";
  EXPECT_EQ(shown("M\xFCller"), "M?ller") << "no UTF-8";
}

TEST(Shown, ALongTextIsCutBetweenTwoLettersAndSaysSo) {
  EXPECT_EQ(in_quotes(std::string(1000, 'x')), "\"" + std::string(64, 'x') + "...\"");
  EXPECT_EQ(shown("abcdef", 3), "abc...");
  EXPECT_EQ(shown("ab\xE2\x82\xAC"
                  "d",
                  4),
            "ab...")
      << "an euro sign of three bytes";
  EXPECT_LE(shown("ws://" + std::string(1000, 'h')).size(), 210U);
}

TEST(Shown, OfAUrlSchemeAndHostAreShown) {
  EXPECT_EQ(shown("wss://host/path?token=s3cret"), "wss://host/...");
  EXPECT_EQ(shown("ws://u:s3cret@h:9000/x"), "ws://h:9000/...");
  EXPECT_EQ(shown("ws://h/"), "ws://h/");
  EXPECT_EQ(shown("ws://h"), "ws://h");
  EXPECT_EQ(shown("ws://[::1]:9000/x"), "ws://[::1]:9000/...");
}

TEST(Shown, ARedirectIsShownWithItsPath) {
  EXPECT_EQ(without_secrets("https://u:s3cret@h/a/b?token=s3cret"), "https://h/a/b");
  EXPECT_EQ(without_secrets("https://h"), "https://h");
  EXPECT_EQ(without_secrets("/b?token=s3cret"), "/b");
  EXPECT_EQ(without_secrets("https://u:s3cret/x@h/"), "https://...");
}

TEST(Shown, NoPartOfASecretIsShownWhereverItStands) {
  for (const char* text :
       {"ws://h:s3cret/", "ws://h:s3cret", "ws://u:s3cret/x@h/", "ws://u:x/s3cret@h/",
        "ws://u:s3cret?x@h/", "wss://h/?mail=me@s3cret", "host?token=s3cret://x",
        "user:s3cret://x@host/", "ws:/h/?token=s3cret&next=http://x", "u:s3cret@h/x",
        "h/x?token=s3cret", "h?token=s3cret&mail=a@b", "h?mail=a@s3cret", R"({"mail":"a@s3cret"})",
        R"(["a@s3cret"])", R"({"Authorization":"Bearer s3cret"})", R"(metadata={"key":"s3cret"})",
        R"(["s3cret"])", "http://u:s3cret@p:3128"}) {
    EXPECT_EQ(shown(text).find("s3cret"), std::string::npos) << text << ": " << shown(text);
  }
}

}  // namespace
}  // namespace audio_stream::transport
