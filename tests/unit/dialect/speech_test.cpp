#include "dialect/speech.hpp"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "dialect/server_object.hpp"

namespace audio_stream::dialect {
namespace {

using Json = nlohmann::ordered_json;
using Samples = std::vector<std::int16_t>;

std::string little(std::uint32_t number, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
  return out;
}

std::string wav(int format, int channels, int rate, int bits, const std::string& data,
                std::uint32_t said_length) {
  const auto u = [](int value) { return static_cast<std::uint32_t>(value); };
  const std::string fmt = little(u(format), 2) + little(u(channels), 2) + little(u(rate), 4) +
                          little(u(rate * channels * bits / 8), 4) +
                          little(u(channels * bits / 8), 2) + little(u(bits), 2);
  return "RIFF" + little(0, 4) + "WAVE" + "LIST" + little(3, 4) + "abc" + '\0' + "fmt " +
         little(16, 4) + fmt + "data" + little(said_length, 4) + data;
}

tl::expected<Speech, std::string> read(const std::string& file) {
  return read_wav(std::as_bytes(std::span{file}));
}

/// The audio of a message, if read_speech() can decode it.
std::optional<EncodedAudio> audio_of(const Json& message) {
  std::string text = message.dump();
  auto object = read_object(text, 1000);
  if (!object || !object->audio || !is_speech(*object->audio)) return std::nullopt;
  return std::move(object->audio);
}

tl::expected<Speech, std::string> read_speech(const Json& message,
                                              const std::optional<WavFormat>& wav = {}) {
  const auto audio = audio_of(message);
  if (!audio) return tl::unexpected<std::string>("no speech");
  return dialect::read_speech(*audio, wav);
}

Json message(const std::string& type, const std::string& audio, Json more = Json::object()) {
  Json data{{"audioDataType", type}, {"audioData", base::encode_base64(audio)}};
  data.update(more);
  return {{"type", "streamAudio"}, {"data", data}};
}

TEST(Wav, LinearOfSixteenBits) {
  const auto speech = read(wav(1, 1, 22050, 16, little(1000, 2) + little(0xFFFF, 2), 4));
  ASSERT_TRUE(speech) << speech.error();
  EXPECT_EQ(speech->rate_hz, 22050U);
  EXPECT_EQ(speech->samples, (Samples{1000, -1}));
}

TEST(Wav, TwoChannelsBecomeOne) {
  const auto speech = read(wav(1, 2, 8000, 16, little(1000, 2) + little(3000, 2), 4));
  ASSERT_TRUE(speech);
  EXPECT_EQ(speech->samples, Samples{2000});
}

TEST(Wav, EightBitsAndG711) {
  EXPECT_EQ(read(wav(1, 1, 8000, 8, "\x81", 1))->samples, Samples{256});
  EXPECT_EQ(read(wav(7, 1, 8000, 8, "\x80", 1))->samples, Samples{32124});
  EXPECT_EQ(read(wav(6, 1, 8000, 8, "\xAA", 1))->samples, Samples{32256});
}

TEST(Wav, AWrongLengthMeansUntilTheEnd) {
  const auto speech = read(wav(1, 1, 8000, 16, little(5, 2) + little(6, 2), 0xFFFFFFFF));
  ASSERT_TRUE(speech);
  EXPECT_EQ(speech->samples, (Samples{5, 6}));
}

// Text-to-speech services that stream do not know the length when they write the header.
TEST(Wav, ALengthOfZeroMeansUntilTheEnd) {
  const auto speech = read(wav(1, 1, 8000, 16, little(5, 2) + little(6, 2), 0));
  ASSERT_TRUE(speech);
  EXPECT_EQ(speech->samples, (Samples{5, 6}));
}

TEST(Wav, WithoutSamplesTheChunksBehindThemAreNotPlayed) {
  const auto speech = read(wav(1, 1, 8000, 16, "LIST" + little(4, 4) + "abcd", 0));
  ASSERT_TRUE(speech);
  EXPECT_TRUE(speech->samples.empty());
}

TEST(Wav, AnotherFormatIsRefusedWithAReason) {
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("RIFFxxxxWAVE"));
  EXPECT_FALSE(read(wav(3, 1, 8000, 32, "abcd", 4)));
  EXPECT_FALSE(read(wav(1, 0, 8000, 16, "ab", 2)));
  EXPECT_FALSE(read(wav(1, 1, 3, 16, "ab", 2)));
  const std::string good = wav(1, 1, 8000, 16, "ab", 2);
  for (std::size_t i = 0; i < good.size() - 2; ++i) {
    const auto cut = read(good.substr(0, i));
    if (cut) {
      EXPECT_TRUE(cut->samples.empty()) << i;
    }
  }
}

TEST(Speech, RawOfAnyRate) {
  const auto speech = read_speech(message("raw", little(7, 2), {{"sampleRate", 24000}}));
  ASSERT_TRUE(speech) << speech.error();
  EXPECT_EQ(speech->rate_hz, 24000U);
  EXPECT_EQ(speech->samples, Samples{7});
  EXPECT_FALSE(read_speech(message("raw", "ab")));
  EXPECT_FALSE(read_speech(message("raw", "ab", {{"sampleRate", 0}})));
}

TEST(Speech, G711HasARateOfItsOwn) {
  const auto speech = read_speech(message("pcmu", "\x80"));
  ASSERT_TRUE(speech);
  EXPECT_EQ(speech->rate_hz, 8000U);
  EXPECT_EQ(speech->samples, Samples{32124});
  EXPECT_EQ(read_speech(message("pcma", "\xAA"))->samples, Samples{32256});
}

TEST(Speech, PlayAudioHasOtherNamesForTheSame) {
  const Json play{{"type", "playAudio"},
                  {"data",
                   {{"audioContentType", "wave"},
                    {"audioContent", base::encode_base64(wav(1, 1, 16000, 16, little(9, 2), 2))}}}};
  EXPECT_TRUE(audio_of(play));
  const auto speech = read_speech(play);
  ASSERT_TRUE(speech) << speech.error();
  EXPECT_EQ(speech->rate_hz, 16000U);
  EXPECT_EQ(speech->samples, Samples{9});
}

TEST(Speech, APieceOfAWavFileHasTheFormatOfTheFirst) {
  const auto first = read_speech(message("wav", wav(1, 1, 24000, 16, little(1, 2), 0)));
  ASSERT_TRUE(first) << first.error();
  ASSERT_TRUE(first->wav);
  const auto second = read_speech(message("wav", little(2, 2) + little(3, 2)), first->wav);
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->rate_hz, 24000U);
  EXPECT_EQ(second->samples, (Samples{2, 3}));
  // A new header counts.
  const auto third = read_speech(message("wav", wav(1, 1, 8000, 16, little(4, 2), 2)), first->wav);
  ASSERT_TRUE(third) << third.error();
  EXPECT_EQ(third->rate_hz, 8000U);
  EXPECT_EQ(third->samples, Samples{4});
  EXPECT_FALSE(read_speech(message("wav", little(2, 2)))) << "without a first piece";
}

TEST(Speech, TheRateMayBeAStringOrPartOfTheType) {
  EXPECT_EQ(read_speech(message("raw", "ab", {{"sampleRate", "24000"}}))->rate_hz, 24000U);
  EXPECT_EQ(read_speech(message("audio/l16;rate=16000", "ab"))->rate_hz, 16000U);
  EXPECT_EQ(read_speech(message("pcm_16000", "ab"))->rate_hz, 16000U);
  EXPECT_EQ(read_speech(message("pcm_16000", "ab", {{"sampleRate", 24000}}))->rate_hz, 24000U);
  EXPECT_EQ(read_speech(message("mulaw", "a"))->rate_hz, 8000U);
  EXPECT_FALSE(read_speech(message("pcm_1", "ab")));
  EXPECT_FALSE(read_speech(message("raw", "ab", {{"sampleRate", "fast"}})));
}

TEST(Speech, TheBase64MayBeTheOneForUrls) {
  Json url = message("raw", little(0xFBEF, 2), {{"sampleRate", 8000}});
  url["data"]["audioData"] = "7_s";
  const auto speech = read_speech(url);
  ASSERT_TRUE(speech) << speech.error();
  EXPECT_EQ(speech->samples, Samples{static_cast<std::int16_t>(0xFBEF)});
}

/// Half a second of a tone in two channels at 16 kHz.
std::string ogg_file() {
  const std::string path = testing::TempDir() + "speech.ogg";
  SF_INFO info{};
  info.samplerate = 16'000;
  info.channels = 2;
  info.format = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  EXPECT_NE(file, nullptr);
  Samples samples(16'000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(8000 * std::sin(static_cast<double>(i / 2) * 0.17));
  }
  sf_writef_short(file, samples.data(), 8000);
  sf_close(file);
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(Speech, AnOggFileIsDecodedAndMixedDown) {
  const auto speech = read_speech(message("ogg", ogg_file()));
  ASSERT_TRUE(speech) << speech.error();
  EXPECT_EQ(speech->rate_hz, 16'000U);
  EXPECT_NEAR(static_cast<double>(speech->samples.size()), 8000, 600);
  EXPECT_GT(*std::ranges::max_element(speech->samples), 6000);
}

TEST(Speech, WhatIsNoCompressedFileIsNamed) {
  for (const char* type : {"mp3", "ogg"}) {
    EXPECT_EQ(read_speech(message(type, "abc")).error(), "it is no MP3 or Ogg file");
  }
}

TEST(Speech, OtherTypesAreNotDecoded) {
  EXPECT_FALSE(audio_of(message("flac", "abc")));
  EXPECT_FALSE(audio_of({{"type", "streamAudio"}}));
  EXPECT_FALSE(audio_of({{"type", 3}}));
  EXPECT_FALSE(audio_of(Json::array()));
  Json broken = message("raw", "ab", {{"sampleRate", 8000}});
  broken["data"]["audioData"] = "%%%";
  EXPECT_TRUE(audio_of(broken));
  EXPECT_FALSE(read_speech(broken));
}

}  // namespace
}  // namespace audio_stream::dialect
