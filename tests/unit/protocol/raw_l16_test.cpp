#include "protocol/raw_l16.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "protocol/json_depth.hpp"

namespace audio_stream::protocol {
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

TEST(RawL16, JsonDeeperThanAllowedIsTooMuch) {
  RawL16 dialect{""};
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(body(dialect.understand_text(nested(kMaxJsonDepth))), nested(kMaxJsonDepth));
  EXPECT_TRUE(std::holds_alternative<TooMuch>(dialect.understand_text(nested(kMaxJsonDepth + 1))));
  EXPECT_TRUE(std::holds_alternative<TooMuch>(
      dialect.understand_text(R"({"type":"streamAudio","data":)" + nested(kMaxJsonDepth) + "}")));
  EXPECT_TRUE(std::holds_alternative<TooMuch>(dialect.understand_binary(nested(5'000'000))));
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
}  // namespace audio_stream::protocol
