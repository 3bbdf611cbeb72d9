// Autobahn's cases 6: texts must be UTF-8, and an invalid text is refused at its first wrong byte.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "server_bytes.hpp"
#include "websocket/message_reader.hpp"

namespace audio_stream::websocket {
namespace {

using namespace test;  // NOLINT

const Happenings kNotUtf8{"violation 1007: a text that is not UTF-8"};

// 6.1 and 6.2, 6.5 to 6.23 of Autobahn.
const std::vector<std::string> kGood{
    "",
    "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!",
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
    std::string{"\0", 1},
    "\xc2\x80",
    "\xe0\xa0\x80",
    "\xf0\x90\x80\x80",
    "\x7f",
    "\xdf\xbf",
    "\xef\xbf\xbf",
    "\xf4\x8f\xbf\xbf",
    "\xed\x9f\xbf",
    "\xee\x80\x80",
    "\xef\xbf\xbd",
    "\xef\xbf\xbe",
    "\xf0\x9f\xbf\xbe",
    "12345678\xc3\xa4"
    "12345678\xe2\x82\xac",
};

const std::vector<std::string> kBad{
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
    "edited",
    "\xf8\x88\x80\x80\x80",
    "\xfc\x84\x80\x80\x80\x80",
    "\xf7\xbf\xbf\xbf",
    "\xfb\xbf\xbf\xbf\xbf",
    "\xfd\xbf\xbf\xbf\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\x80",
    "\xbf",
    "\x80\xbf\x80",
    "\xc0 \xc1 ",
    "\xe0 ",
    "\xf0 ",
    "\xc0",
    "\xe0\x80",
    "\xf0\x80\x80",
    "\xfe",
    "\xff",
    "\xc0\xaf",
    "\xe0\x80\xaf",
    "\xf0\x80\x80\xaf",
    "\xc1\xbf",
    "\xe0\x9f\xbf",
    "\xf0\x8f\xbf\xbf",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xed\xa0\x80\xed\xb0\x80",
    "\xf5\x80\x80\x80",
    "\xce\xba\xe1\xbd",  // ends within a character
    "\xf0\x9f\x98",
    "12345678\xff"
    "12345678",
};

TEST(MessageReaderUtf8, ValidTextsArriveWithAnyFragmentation) {
  for (const std::string& text : kGood) {
    EXPECT_EQ(read(frame(kFin | kText, text)), (Happenings{"text " + text}));
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_EQ(read(fragments(kText, {text.substr(0, cut), "", text.substr(cut)},
                               frame(kFin | kPing, ""))),
                (Happenings{"ping ", "ping ", "text " + text}));
    }
  }
}

TEST(MessageReaderUtf8, InvalidTextsAreViolations) {
  for (const std::string& text : kBad) {
    EXPECT_EQ(read(frame(kFin | kText, text)), kNotUtf8);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_EQ(read(fragments(kText, {text.substr(0, cut), text.substr(cut)})), kNotUtf8);
    }
    EXPECT_EQ(read(frame(kFin | kBinary, text)), (Happenings{"binary " + text}));
  }
}

// 6.3 and 6.4.
TEST(MessageReaderUtf8, AnInvalidTextIsRefusedAtItsFirstWrongByte) {
  const std::string good = "\xce\xba\xe1\xbd\xb9";
  Recorder recorder;
  recorder.feed(header(kText, good.size()) + good);
  recorder.feed(header(kFin | kContinuation, 1000) + "\xf4");
  EXPECT_TRUE(recorder.happenings().empty());
  recorder.feed("\x90");
  EXPECT_EQ(recorder.happenings(), kNotUtf8);
}

TEST(MessageReaderUtf8, ACharacterOfTheNextMessageDoesNotCompleteTheLast) {
  EXPECT_EQ(read(fragments(kText, {"a", "\xce"}) + frame(kFin | kText, "\xba")), kNotUtf8);
}

}  // namespace
}  // namespace audio_stream::websocket
