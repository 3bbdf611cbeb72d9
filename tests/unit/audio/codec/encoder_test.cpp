#include "audio/codec/encoder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <span>
#include <vector>

#include "audio/codec/g711.hpp"
#include "audio/codec/opus.hpp"

namespace audio_stream::audio::codec {
namespace {

std::vector<std::int16_t> tone(std::size_t samples, double hz, double rate_hz) {
  std::vector<std::int16_t> all(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    all[i] = static_cast<std::int16_t>(
        8000 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz));
  }
  return all;
}

TEST(Encoder, G711HasAByteForEachSample) {
  const auto samples = tone(160, 440, 8000);
  const auto encoder = make_encoder(Encoding::pcma, {8000, 1}, 20);
  const auto bytes = encoder->encode(samples);
  ASSERT_EQ(bytes.size(), 160U);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(std::to_integer<std::uint8_t>(bytes[i]), to_a_law(samples[i]));
  }
}

TEST(Encoder, F32IsOfFullScaleOne) {
  const std::vector<std::int16_t> samples{0, -32768, 16384};
  const auto encoder = make_encoder(Encoding::f32, {16000, 1}, 20);
  const auto bytes = encoder->encode(samples);
  ASSERT_EQ(bytes.size(), 12U);
  std::array<float, 3> floats{};
  std::memcpy(floats.data(), bytes.data(), bytes.size());
  EXPECT_EQ(floats, (std::array<float, 3>{0.0F, -1.0F, 0.5F}));
}

TEST(Encoder, OpusIsHeardAgain) {
  const auto encoder = make_encoder(Encoding::opus, {16000, 1}, 20);
  const auto decoder = OpusPacketDecoder::create();
  ASSERT_TRUE(encoder);
  std::vector<std::int16_t> heard;
  const auto samples = tone(16'000, 440, 16'000);
  for (std::size_t at = 0; at < samples.size(); at += 320) {
    const auto packet = encoder->encode(std::span{samples}.subspan(at, 320));
    EXPECT_LT(packet.size(), 200U);
    ASSERT_TRUE(decoder->decode(packet, heard));
  }
  ASSERT_EQ(heard.size(), 48'000U);
  double energy = 0;
  for (std::size_t i = 24'000; i < heard.size(); ++i) {
    energy += static_cast<double>(heard[i]) * static_cast<double>(heard[i]);
  }
  EXPECT_NEAR(std::sqrt(energy / 24'000), 8000 / std::numbers::sqrt2, 800);
}

TEST(Encoder, AShortLastPacketOfOpusIsFilled) {
  const auto encoder = make_encoder(Encoding::opus, {8000, 1}, 20);
  const auto decoder = OpusPacketDecoder::create();
  std::vector<std::int16_t> heard;
  ASSERT_TRUE(decoder->decode(encoder->encode(tone(37, 440, 8000)), heard));
  EXPECT_EQ(heard.size(), 960U);
}

TEST(OpusPacketDecoder, ConcealsWhatWasLostAndRefusesWhatIsNoPacket) {
  const auto decoder = OpusPacketDecoder::create();
  std::vector<std::int16_t> heard;
  decoder->conceal(20, heard);
  EXPECT_EQ(heard.size(), 960U);
  EXPECT_FALSE(decoder->decode(std::vector<std::byte>(3, std::byte{0xFF}), heard));
  EXPECT_EQ(heard.size(), 960U);
}

TEST(Opus, HasFewRatesAndLengths) {
  EXPECT_TRUE(opus_takes(8000, 20));
  EXPECT_TRUE(opus_takes(48'000, 60));
  EXPECT_FALSE(opus_takes(44'100, 20));
  EXPECT_FALSE(opus_takes(8000, 100));
}

TEST(ConvertingEncoder, HasTheServersRate) {
  const auto encoder = make_converting_encoder(16'000, Encoding::pcmu, 8000);
  std::size_t bytes = 0;
  for (int i = 0; i < 50; ++i) bytes += encoder->encode(tone(320, 440, 16'000)).size();
  EXPECT_NEAR(static_cast<double>(bytes), 8000, 40);
}

}  // namespace
}  // namespace audio_stream::audio::codec
