#include "dialect/raw_l16.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dialect/json_depth.hpp"

namespace audio_stream::dialect {
namespace {

using namespace std::string_literals;

std::string body(const ServerMessage& message) {
  const auto* text = std::get_if<ServerText>(&message);
  return text != nullptr ? text->body : "(no text)";
}

TEST(RawL16, TheMetadataComesFirstWordForWord) {
  const std::string metadata = R"({"a":"x\ny", 'b' : "  "})";
  EXPECT_EQ(RawL16{metadata}.opening(), std::vector{metadata});
}

TEST(RawL16, WithoutMetadataNothingComesFirst) {
  EXPECT_TRUE(RawL16{""}.opening().empty());
}

TEST(RawL16, APacketIsSentAsItIs) {
  const std::vector<std::byte> packet(320, std::byte{7});
  const auto message = RawL16{""}.message_of(packet);
  EXPECT_EQ(message.data(), packet.data());
  EXPECT_EQ(message.size(), packet.size());
}

TEST(RawL16, AnyTextIsTheApplicationsWordForWord) {
  RawL16 dialect{""};
  for (const auto* text : {R"({"partial" : "hello"})", "not JSON at all", "", "  ", "[1,2",
                           R"({"type":"other"})", R"({"type":5})", R"(["streamAudio"])"}) {
    EXPECT_EQ(body(dialect.understand_text(text)), text);
  }
}

TEST(RawL16, AStreamAudioMessageIsAudio) {
  RawL16 dialect{""};
  for (const auto* text : {R"({"type":"streamAudio"})", " \t\r\n{\"type\" : \"streamAudio\"}",
                           R"({"data":{},"type":"streamAudio"})"}) {
    EXPECT_TRUE(std::holds_alternative<ServerAudioFile>(dialect.understand_text(text))) << text;
  }
}

TEST(RawL16, TextThatOnlySpeaksOfStreamAudioStaysText) {
  RawL16 dialect{""};
  for (const auto* text :
       {R"({"say":"streamAudio"})", R"({"type":"streamaudio"})", R"({"type":"streamAudio")",
        R"({"type":["streamAudio"]})", R"(x{"type":"streamAudio"})"}) {
    EXPECT_EQ(body(dialect.understand_text(text)), text);
  }
}

TEST(RawL16, ANulInATextCutsNothingOff) {
  RawL16 dialect{""};
  EXPECT_EQ(body(dialect.understand_text("before\0after\0"s)),
            "before\xEF\xBF\xBD"
            "after\xEF\xBF\xBD");
}

TEST(RawL16, JsonDeeperThanAllowedIsTooMuchWhereItIsRead) {
  const RawL16 dialect{""};
  const RawL16 playing{"", true};
  const auto nested = [](std::size_t depth) {
    return R"({"type":"streamAudio","data":)" + std::string(depth - 1, '[') +
           std::string(depth - 1, ']') + "}";
  };
  const auto is_too_much = [](const ServerMessage& message) {
    return std::holds_alternative<TooMuch>(message);
  };
  EXPECT_FALSE(is_too_much(dialect.understand_text(nested(kMaxJsonDepth))));
  for (const std::size_t depth : {kMaxJsonDepth + 1, std::size_t{5'000'000}}) {
    EXPECT_TRUE(is_too_much(dialect.understand_text(nested(depth))));
    EXPECT_TRUE(is_too_much(dialect.understand_binary(nested(depth))));
    EXPECT_TRUE(is_too_much(playing.understand_text(nested(depth))));
  }
}

TEST(RawL16, ATextThatIsNotReadMayHoldAnyBrackets) {
  const RawL16 dialect{""};
  const RawL16 playing{"", true};
  const std::string brackets(1000, '[');
  EXPECT_EQ(body(dialect.understand_text(std::string{brackets})), brackets);
  EXPECT_EQ(body(playing.understand_text(std::string{brackets})), brackets);
  EXPECT_EQ(body(dialect.understand_text("{" + brackets)), "{" + brackets);
}

TEST(RawL16, ATextWithAudioThatIsNotForTheCallBecomesAFile) {
  const RawL16 dialect{""};
  const RawL16 playing{"", true};
  const auto is_file = [](const ServerMessage& message) {
    return std::holds_alternative<ServerAudioFile>(message);
  };
  const auto text = [](const char* type, const char* kind) {
    return std::string{R"({"type":")"} + type + R"(","data":{"audioContentType":")" + kind +
           R"(","audioContent":"AAAA"}})";
  };
  for (const char* type : {"streamAudio", "playAudio"}) {
    EXPECT_TRUE(is_file(dialect.understand_text(text(type, "wav"))));
    EXPECT_TRUE(is_file(playing.understand_text(text(type, "mp3"))));
    EXPECT_TRUE(is_file(playing.understand_text(text(type, "ogg"))));
    EXPECT_TRUE(std::holds_alternative<ServerSpeech>(playing.understand_text(text(type, "wave"))));
  }
}

TEST(RawL16, ATextForTheApplicationIsCutBetweenLettersAndSaysSo) {
  const RawL16 dialect{"", false, 10};
  const auto cut = [&](std::string text) {
    const auto message = dialect.understand_text(std::move(text));
    return std::get<ServerText>(message);
  };
  EXPECT_EQ(cut("0123456789").body, "0123456789");
  EXPECT_EQ(cut("0123456789").full_length, 0U);
  EXPECT_EQ(cut("0123456789a").body, "0123456789");
  EXPECT_EQ(cut("0123456789a").full_length, 11U);
  EXPECT_EQ(cut("012345678\xC3\xBC").body, "012345678");
  EXPECT_EQ(cut("01234567\xF0\x9F\x98\x80").body, "01234567");
  EXPECT_EQ(cut("\0\0\0\0"s).body, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(cut("\0\0\0\0"s).full_length, 4U);
}

TEST(RawL16, ABinaryMessageThatIsTextIsTakenForText) {
  RawL16 dialect{""};
  EXPECT_EQ(body(dialect.understand_binary(R"({"partial":"gr\xC3\xBC"})")),
            R"({"partial":"gr\xC3\xBC"})");
  EXPECT_TRUE(std::holds_alternative<ServerAudioFile>(
      dialect.understand_binary(R"({"type":"streamAudio"})")));
}

TEST(RawL16, ABinaryMessageThatIsNoTextIsUnusable) {
  RawL16 dialect{""};
  for (const auto& bytes : {"\0\1\2\3"s, "text\0"s, "\xFF\xFE"s, "caf\xE9"s}) {
    const auto message = dialect.understand_binary(std::string{bytes});
    const auto* unusable = std::get_if<Unusable>(&message);
    ASSERT_NE(unusable, nullptr);
    EXPECT_NE(unusable->reason.find(std::to_string(bytes.size()) + " bytes"), std::string::npos);
  }
}

}  // namespace
}  // namespace audio_stream::dialect
