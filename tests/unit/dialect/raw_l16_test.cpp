#include "dialect/raw_l16.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "dialect/json_depth.hpp"
#include "dialect/meaning.hpp"
#include "dialect/raw_words.hpp"

namespace audio_stream::dialect {
namespace {

using namespace std::string_literals;

std::string body(const Incoming& message) {
  const auto* text = std::get_if<ServerText>(&message);
  return text != nullptr ? text->body : "(no text)";
}

StreamFacts plain() {
  return {};
}
StreamFacts with_playback() {
  StreamFacts facts;
  facts.down_rate_hz = 8000;
  return facts;
}

std::vector<std::string> texts(const std::vector<Message>& messages) {
  std::vector<std::string> texts;
  for (const Message& message : messages) {
    EXPECT_EQ(message.kind, MessageKind::text);
    texts.push_back(message.bytes);
  }
  return texts;
}

TEST(RawL16, TheMetadataComesFirstWordForWord) {
  StreamFacts facts;
  facts.metadata = R"({"a":"x
y", 'b' : "  "})";
  EXPECT_EQ(texts(RawL16{facts}.open(0)), std::vector{facts.metadata});
}

TEST(RawL16, WithoutMetadataNothingComesFirst) {
  EXPECT_TRUE(RawL16{plain()}.open(0).empty());
}

TEST(RawL16, HelloComesBeforeTheMetadataAndThePositionAfterIt) {
  StreamFacts facts;
  facts.metadata = "metadata";
  facts.hello = true;
  facts.resume = true;
  const auto opening = texts(RawL16{facts}.open(1200));
  ASSERT_EQ(opening.size(), 3U);
  EXPECT_EQ(opening[0], hello_text(facts));
  EXPECT_EQ(opening[1], "metadata");
  EXPECT_EQ(opening[2], R"({"type":"resume","position_ms":1200})");
}

TEST(RawL16, APacketIsSentAsItIs) {
  const std::vector<std::byte> packet(320, std::byte{7});
  RawL16 dialect{plain()};
  Scratch scratch;
  const MessageView message = dialect.audio({packet, 0, 160}, scratch);
  EXPECT_EQ(message.kind, MessageKind::binary);
  EXPECT_EQ(message.bytes.data(), packet.data());
  EXPECT_EQ(message.bytes.size(), packet.size());
}

TEST(RawL16, TellsOfGapsAndDigitsOnlyIfAsked) {
  StreamFacts facts;
  RawL16 silent{facts};
  EXPECT_FALSE(silent.gap(1200, 340));
  EXPECT_TRUE(silent.digit('5', 100).empty());
  facts.gaps = true;
  facts.digits = true;
  RawL16 asked{facts};
  EXPECT_EQ(asked.gap(1200, 340).value_or(Message{}).bytes,
            R"({"type":"gap","position_ms":1200,"length_ms":340})");
  ASSERT_EQ(asked.digit('#', 100).size(), 1U);
  EXPECT_EQ(asked.digit('#', 100).at(0).bytes, R"({"type":"dtmf","digit":"#","duration_ms":100})");
}

TEST(RawL16, HasNoLastMessage) {
  EXPECT_TRUE(RawL16{plain()}.end().empty());
}

TEST(RawL16, AnAcknowledgementCountsOnlyWithResume) {
  const std::string ack = R"({"type":"ack","position_ms":2200})";
  StreamFacts facts;
  EXPECT_EQ(body(text_to(RawL16{facts}, std::string{ack})), ack);
  facts.resume = true;
  const Incoming incoming = text_to(RawL16{facts}, std::string{ack});
  const auto* acknowledged = std::get_if<Acknowledged>(&incoming);
  ASSERT_NE(acknowledged, nullptr);
  EXPECT_EQ(acknowledged->position_ms, 2200U);
}

TEST(RawL16, AnyTextReachesTheApplicationUnchanged) {
  RawL16 dialect{plain()};
  for (const auto* text : {R"({"partial" : "hello"})", "not JSON at all", "", "  ", "[1,2",
                           R"({"type":"other"})", R"({"type":5})", R"(["streamAudio"])"}) {
    EXPECT_EQ(body(text_to(dialect, text)), text);
  }
}

TEST(RawL16, AStreamAudioMessageIsAudio) {
  RawL16 dialect{plain()};
  for (const auto* text : {R"({"type":"streamAudio"})", " \t\r\n{\"type\" : \"streamAudio\"}",
                           R"({"data":{},"type":"streamAudio"})"}) {
    EXPECT_TRUE(std::holds_alternative<ServerAudioFile>(text_to(dialect, text))) << text;
  }
}

TEST(RawL16, ATextThatMerelyContainsStreamAudioStaysText) {
  RawL16 dialect{plain()};
  for (const auto* text :
       {R"({"say":"streamAudio"})", R"({"type":"streamaudio"})", R"({"type":"streamAudio")",
        R"({"type":["streamAudio"]})", R"(x{"type":"streamAudio"})"}) {
    EXPECT_EQ(body(text_to(dialect, text)), text);
  }
}

TEST(RawL16, ANulInATextTruncatesNothing) {
  RawL16 dialect{plain()};
  EXPECT_EQ(body(text_to(dialect, "before\0after\0"s)),
            "before\xEF\xBF\xBD"
            "after\xEF\xBF\xBD");
}

TEST(RawL16, JsonThatIsReadMayNotBeTooDeep) {
  RawL16 dialect{plain()};
  RawL16 playing{with_playback()};
  const auto nested = [](std::size_t depth) {
    return R"({"type":"streamAudio","data":)" + std::string(depth - 1, '[') +
           std::string(depth - 1, ']') + "}";
  };
  const auto is_too_much = [](const Incoming& message) {
    return std::holds_alternative<TooMuch>(message);
  };
  EXPECT_FALSE(is_too_much(text_to(dialect, nested(kMaxJsonDepth))));
  for (const std::size_t depth : {kMaxJsonDepth + 1, std::size_t{5'000'000}}) {
    EXPECT_TRUE(is_too_much(text_to(dialect, nested(depth))));
    EXPECT_TRUE(is_too_much(binary_to(dialect, nested(depth))));
    EXPECT_TRUE(is_too_much(text_to(playing, nested(depth))));
  }
}

TEST(RawL16, ATextThatIsNotReadMayBeNestedDeeply) {
  RawL16 dialect{plain()};
  RawL16 playing{with_playback()};
  const std::string brackets(1000, '[');
  EXPECT_EQ(body(text_to(dialect, std::string{brackets})), brackets);
  EXPECT_EQ(body(text_to(playing, std::string{brackets})), brackets);
  EXPECT_EQ(body(text_to(dialect, "{" + brackets)), "{" + brackets);
}

TEST(RawL16, AudioInATextThatTheCallCannotPlayBecomesAFile) {
  RawL16 dialect{plain()};
  RawL16 playing{with_playback()};
  const auto is_file = [](const Incoming& message) {
    return std::holds_alternative<ServerAudioFile>(message);
  };
  const auto text = [](const char* type, const char* kind) {
    return std::string{R"({"type":")"} + type + R"(","data":{"audioContentType":")" + kind +
           R"(","audioContent":"AAAA"}})";
  };
  for (const char* type : {"streamAudio", "playAudio"}) {
    EXPECT_TRUE(is_file(text_to(dialect, text(type, "wav"))));
    EXPECT_TRUE(is_file(text_to(playing, text(type, "flac"))));
    for (const char* kind : {"wave", "mp3", "ogg"}) {
      EXPECT_TRUE(std::holds_alternative<ServerSpeech>(text_to(playing, text(type, kind))));
    }
  }
}

TEST(RawL16, ALongTextForTheApplicationIsCutBetweenCharactersAndMarked) {
  StreamFacts facts;
  facts.event_bytes = 10;
  RawL16 dialect{facts};
  const auto cut = [&](std::string text) {
    const auto message = text_to(dialect, std::move(text));
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

TEST(RawL16, ABinaryMessageOfTextIsAText) {
  RawL16 dialect{plain()};
  EXPECT_EQ(body(binary_to(dialect, R"({"partial":"gr\xC3\xBC"})")), R"({"partial":"gr\xC3\xBC"})");
  EXPECT_TRUE(
      std::holds_alternative<ServerAudioFile>(binary_to(dialect, R"({"type":"streamAudio"})")));
}

TEST(RawL16, AnyOtherBinaryMessageIsUnusable) {
  RawL16 dialect{plain()};
  for (const auto& bytes : {"\0\1\2\3"s, "text\0"s, "\xFF\xFE"s, "caf\xE9"s}) {
    const auto message = binary_to(dialect, std::string{bytes});
    const auto* unusable = std::get_if<Unusable>(&message);
    ASSERT_NE(unusable, nullptr);
    EXPECT_NE(unusable->reason.find(std::to_string(bytes.size()) + " bytes"), std::string::npos);
  }
}

}  // namespace
}  // namespace audio_stream::dialect
