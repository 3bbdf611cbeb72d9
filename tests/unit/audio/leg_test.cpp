#include "audio/leg.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "audio/tone.hpp"

namespace audio_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

Samples converted(const Samples& samples, std::uint32_t rate_hz, std::uint8_t channels = 1,
                  std::uint32_t to_hz = 8000) {
  auto leg = Leg::create(rate_hz, to_hz);
  Samples out;
  leg->convert(LegFrame{samples, rate_hz, channels}, [&](std::span<const std::int16_t> piece) {
    out.insert(out.end(), piece.begin(), piece.end());
  });
  return out;
}

TEST(Leg, SamplesPassUnchangedIfTheRatesMatch) {
  EXPECT_EQ(converted({1, -2, 32767, -32768}, 8000), (Samples{1, -2, 32767, -32768}));
  EXPECT_TRUE(converted({}, 8000).empty());
}

TEST(Leg, AFrameOfPaddingIsDigitalSilence) {
  EXPECT_EQ(converted({-1, -1, -1}, 8000), (Samples{0, 0, 0}));
  EXPECT_EQ(converted({-1, -1, 0}, 8000), (Samples{-1, -1, 0}));
  EXPECT_EQ(converted({-1, -1, -1, -1}, 8000, 2), (Samples{0, 0}));
  EXPECT_EQ(converted({-1, -1, -1, -3}, 8000, 2), (Samples{-1, -2}));
}

TEST(Leg, ACodecOfTwoChannelsIsAveraged) {
  EXPECT_EQ(converted({100, 200, -100, -300}, 8000, 2), (Samples{150, -200}));
  EXPECT_EQ(converted({32767, 32767, -32768, -32768}, 8000, 2), (Samples{32767, -32768}));
}

TEST(Leg, AFrameLongerThanOnePieceIsJudgedAsAWhole) {
  // 40 ms at 48 kHz; only the first half consists of -1.
  Samples frame(1920, -1);
  std::fill(frame.begin() + 960, frame.end(), std::int16_t{500});
  EXPECT_EQ(converted(frame, 48000, 1, 48000), frame);
}

TEST(Leg, ResamplesToTheStreamsRate) {
  const auto out = converted(test::tone(1000, 48000, 48000), 48000, 1, 16000);
  EXPECT_NEAR(static_cast<double>(out.size()), 16000.0, 10.0);
  EXPECT_EQ(test::strongest(out, 16000, 980, 1020), 1000);
}

TEST(Leg, RefusesAnImpossibleRate) {
  EXPECT_FALSE(Leg::create(1, 8000));
  auto leg = Leg::create(8000, 16000);
  EXPECT_FALSE(leg->set_rate(0));
  EXPECT_EQ(leg->call_rate_hz(), 8000U);
  EXPECT_TRUE(leg->set_rate(16000));
  EXPECT_EQ(leg->delay(), 0U);
}

TEST(LegFrame, KnowsItsLengthAtAnotherRate) {
  const Samples samples(320, 1);
  EXPECT_EQ((LegFrame{samples, 8000, 2}.length()), 160U);
  EXPECT_EQ((LegFrame{samples, 8000, 2}.length_at(48000)), 960U);
  EXPECT_EQ((LegFrame{samples, 0, 1}.length_at(8000)), 0U);
}

}  // namespace
}  // namespace audio_stream::audio
