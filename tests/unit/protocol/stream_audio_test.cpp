#include "protocol/stream_audio.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace audio_stream::protocol {
namespace {

using Json = nlohmann::ordered_json;

auto read_message(const std::string& text) {
  return read_stream_audio(Json::parse(text));
}

std::string with_data(const std::string& data) {
  return R"({"type":"streamAudio","data":)" + data + "}";
}

/// The reason why `text` is broken.
std::string reason(const std::string& text) {
  const auto audio = read_message(text);
  return audio ? "(not broken)" : audio.error().reason;
}

TEST(StreamAudio, AMessageIsOneByItsTypeAlone) {
  EXPECT_TRUE(is_stream_audio(Json::parse(R"({"type":"streamAudio"})")));
  for (const auto* text : {R"({"type":"other"})", R"({"type":1})", "{}", "[]", "1", "null",
                           R"("streamAudio")", R"({"type":null})"}) {
    EXPECT_FALSE(is_stream_audio(Json::parse(text))) << text;
  }
}

TEST(StreamAudio, DecodesTheAudioAndKeepsTheRestOfData) {
  const auto audio = read_message(with_data(
      R"({"z":1,"audioDataType":"raw","sampleRate":16000,"audioData":"AAEC/w==","a":{"b":[]}})"));
  ASSERT_TRUE(audio) << audio.error().reason;
  EXPECT_EQ(audio->audio, (std::vector{std::byte{0}, std::byte{1}, std::byte{2}, std::byte{255}}));
  EXPECT_EQ(audio->extension, ".r16");
  EXPECT_EQ(audio->rest, R"({"z":1,"audioDataType":"raw","sampleRate":16000,"a":{"b":[]}})");
}

TEST(StreamAudio, ThePlayEventsBodyIsTheRestWithTheFile) {
  EXPECT_EQ(with_file(R"({"z":1,"a":[2]})", "/tmp/x_0.tmp.r8"),
            R"({"z":1,"a":[2],"file":"/tmp/x_0.tmp.r8"})");
  EXPECT_EQ(with_file(R"({"file":"theirs"})", "ours"), R"({"file":"ours"})");
}

TEST(StreamAudio, EachTypeHasTheEndingThatTheSwitchPlaysItBy) {
  for (const auto& [type, ending] :
       {std::pair{"wav", ".wav"}, std::pair{"mp3", ".mp3"}, std::pair{"ogg", ".ogg"},
        std::pair{"pcmu", ".ul"}, std::pair{"pcma", ".al"}}) {
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
  for (const auto* rate : {"0", "-8000", "8001", "44100", "8000.5", "8000.0", "\"8000\"", "null",
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
  EXPECT_EQ(reason(with_data(R"({"audioDataType":"wav","audioData":"AAA"})")),
            "its audioData is not base64");
}

TEST(StreamAudio, WhatIsToldOfABrokenOneLeavesOnlyTheAudioOut) {
  const auto audio =
      read_message(with_data(R"({"audioDataType":"flac","audioData":"AAAA","text":"hi"})"));
  ASSERT_FALSE(audio);
  EXPECT_EQ(audio.error().rest,
            R"({"type":"streamAudio","data":{"audioDataType":"flac","text":"hi"}})");
}

TEST(StreamAudio, NoTextOfAServerMakesItThrow) {
  Json message = Json::parse(with_data(R"({"audioDataType":"wav","audioData":"AAAA"})"));
  message["data"]["bad"] = "\xFF\xC3";
  const auto audio = read_stream_audio(message);
  ASSERT_TRUE(audio);
  EXPECT_FALSE(Json::parse(with_file(audio->rest, "f"), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace audio_stream::protocol
