#include "dialect/stream_audio.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/server_object.hpp"

namespace audio_stream::dialect {
namespace {

/// The audio of a text, if it has some.
std::optional<EncodedAudio> sent_audio(std::string text) {
  auto object = read_object(text, 1000);
  if (!object) return std::nullopt;
  return std::move(object->audio);
}

tl::expected<StreamAudio, std::string> read_message(const std::string& text) {
  const auto audio = sent_audio(text);
  if (!audio) return tl::unexpected<std::string>("(no audio)");
  return read_stream_audio(*audio);
}

std::string with_data(const std::string& data) {
  return R"({"type":"streamAudio","data":)" + data + "}";
}

/// The reason why `text` is unusable.
std::string reason(const std::string& text) {
  const auto audio = read_message(text);
  return audio ? "(not broken)" : audio.error();
}

TEST(StreamAudio, OnlyTheTypeOfAMessageDecides) {
  EXPECT_TRUE(sent_audio(R"({"type":"streamAudio"})"));
  EXPECT_TRUE(sent_audio(R"({"type":"playAudio"})"));
  for (const auto* text : {R"({"type":"other"})", R"({"type":1})", "{}", "[]", "1", "null",
                           R"("streamAudio")", R"({"type":null})"}) {
    EXPECT_FALSE(sent_audio(text)) << text;
  }
}

TEST(StreamAudio, DecodesTheAudioAndKeepsTheRestOfData) {
  const std::string text = with_data(
      R"({"z":1,"audioDataType":"raw","sampleRate":16000,"audioData":"AAEC/w==","a":{"b":[]}})");
  const auto audio = read_message(text);
  ASSERT_TRUE(audio) << audio.error();
  EXPECT_EQ(audio->audio, (std::vector{std::byte{0}, std::byte{1}, std::byte{2}, std::byte{255}}));
  EXPECT_EQ(audio->extension, ".r16");
  EXPECT_EQ(
      play_body(*sent_audio(text), "/tmp/x_0.tmp.r16"),
      R"({"z":1,"audioDataType":"raw","sampleRate":16000,"a":{"b":[]},"file":"/tmp/x_0.tmp.r16"})");
}

TEST(StreamAudio, AFileMemberOfTheServerIsReplaced) {
  EXPECT_EQ(play_body(*sent_audio(with_data(R"({"file":"theirs"})")), "ours"),
            R"({"file":"ours"})");
}

TEST(StreamAudio, BothSpellingsOfBothTypesMeanTheSame) {
  for (const char* type : {"streamAudio", "playAudio"}) {
    for (const auto& [kind, audio] :
         {std::pair{"audioDataType", "audioData"}, std::pair{"audioContentType", "audioContent"},
          std::pair{"audioDataType", "audioContent"}}) {
      const std::string text = std::string{R"({"type":")"} + type + R"(","data":{")" + kind +
                               R"(":"mp3",")" + audio + R"(":"AAAA","n":1}})";
      const auto read = read_message(text);
      ASSERT_TRUE(read) << text << read.error();
      EXPECT_EQ(read->extension, ".mp3");
      EXPECT_EQ(read->audio.size(), 3U);
      EXPECT_EQ(play_body(*sent_audio(text), "f"),
                std::string{R"({")"} + kind + R"(":"mp3","n":1,"file":"f"})");
    }
  }
}

TEST(StreamAudio, EachTypeHasTheExtensionThatTheSwitchKnows) {
  for (const auto& [type, ending] :
       {std::pair{"wav", ".wav"}, std::pair{"wave", ".wav"}, std::pair{"mp3", ".mp3"},
        std::pair{"ogg", ".ogg"}, std::pair{"pcmu", ".ul"}, std::pair{"pcma", ".al"}}) {
    const auto audio = read_message(
        with_data(R"({"audioDataType":")" + std::string{type} + R"(","audioData":"AAAA"})"));
    ASSERT_TRUE(audio) << type;
    EXPECT_EQ(audio->extension, ending);
  }
  for (const int rate : {8000, 16000, 24000, 32000, 48000, 64000}) {
    const auto audio = read_message(with_data(
        R"({"audioDataType":"raw","audioData":"AAAA","sampleRate":)" + std::to_string(rate) + "}"));
    ASSERT_TRUE(audio) << rate;
    EXPECT_EQ(audio->extension, ".r" + std::to_string(rate / 1000));
  }
}

TEST(StreamAudio, RawAudioNeedsARateThatTheSwitchKnows) {
  for (const auto* rate : {"0", "-8000", "8001", "44100", "8000.5", "8000.0", "\"8000 Hz\"", "null",
                           "1e300", "18446744073709551615", "99999999999"}) {
    EXPECT_NE(reason(with_data(R"({"audioDataType":"raw","audioData":"AAAA","sampleRate":)" +
                               std::string{rate} + "}"))
                  .find("sampleRate"),
              std::string::npos)
        << rate;
  }
  EXPECT_NE(reason(with_data(R"({"audioDataType":"raw","audioData":"AAAA"})")).find("sampleRate"),
            std::string::npos);
}

TEST(StreamAudio, AMessageWithoutADataObjectIsBroken) {
  for (const auto* text :
       {R"({"type":"streamAudio"})", R"({"type":"streamAudio","data":null})",
        R"({"type":"streamAudio","data":"x"})", R"({"type":"streamAudio","data":[1]})"}) {
    EXPECT_EQ(reason(text), "it has no data object");
  }
}

TEST(StreamAudio, AnUnknownTypeIsNamed) {
  EXPECT_NE(reason(with_data(R"({"audioDataType":"flac","audioData":"AAAA"})")).find("\"flac\""),
            std::string::npos);
  for (const auto* data :
       {R"({"audioData":"AAAA"})", R"({"audioDataType":7,"audioData":"AAAA"})"}) {
    EXPECT_NE(reason(with_data(data)).find("audioDataType"), std::string::npos);
  }
}

TEST(StreamAudio, AudioThatIsMissingEmptyOrNoBase64IsBroken) {
  EXPECT_EQ(reason(with_data(R"({"audioDataType":"wav"})")), "it has no audioData string");
  EXPECT_EQ(reason(with_data(R"({"audioDataType":"wav","audioData":[0]})")),
            "it has no audioData string");
  EXPECT_EQ(reason(with_data(R"({"audioDataType":"wav","audioData":""})")),
            "its audioData is empty");
  EXPECT_EQ(reason(with_data(R"({"audioDataType":"wav","audioData":"AA.A"})")),
            "its audioData is not base64");
}

TEST(StreamAudio, TheEventOfABrokenOneLacksOnlyTheAudio) {
  const auto body = [](const std::string& text) {
    return body_without_audio(*sent_audio(text), "why \"x\"");
  };
  EXPECT_EQ(
      body(with_data(R"({"audioDataType":"flac","audioData":"AAAA","text":"hi"})")),
      R"({"type":"streamAudio","data":{"audioDataType":"flac","text":"hi"},"error":"why \"x\""})");
  EXPECT_EQ(body(R"({"data":{"audioContent":"AAAA"}, "id" : 7,"type":"playAudio"})"),
            R"({"data":{},"id":7,"type":"playAudio","error":"why \"x\""})");
  EXPECT_EQ(body(R"({"type":"streamAudio","data":"AAAA"})"),
            R"({"type":"streamAudio","error":"why \"x\""})")
      << "it may be the audio itself";
}

}  // namespace
}  // namespace audio_stream::dialect
