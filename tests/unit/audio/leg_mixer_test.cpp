#include "audio/leg_mixer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace audio_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

Samples mixed(const Samples& samples, std::uint8_t legs, std::uint8_t channels, Mix mix) {
  const LegFrame frame{samples, 8000, legs, channels};
  Samples out(frame.length() * channel_count(mix), 12345);
  EXPECT_EQ((LegMixer{frame, mix}.mix(0, out)), frame.length());
  return out;
}

TEST(LegMixer, MonoIsTheCallerAlone) {
  EXPECT_EQ(mixed({1, 2, 3}, 1, 1, Mix::mono), (Samples{1, 2, 3}));
  EXPECT_EQ(mixed({1, 100, 2, 200, 3, 300}, 2, 1, Mix::mono), (Samples{1, 2, 3}));
}

TEST(LegMixer, StereoIsTheCallerLeftAndWhatTheCallerHearsRight) {
  EXPECT_EQ(mixed({1, 100, 2, 200}, 2, 1, Mix::stereo), (Samples{1, 100, 2, 200}));
}

TEST(LegMixer, MixedIsTheSumOfBothLegs) {
  EXPECT_EQ(mixed({1, 100, -5, 3}, 2, 1, Mix::mixed), (Samples{101, -2}));
}

TEST(LegMixer, MixedSaturatesAtBothEnds) {
  EXPECT_EQ(mixed({32767, 32767, 32767, 1, 32767, 0}, 2, 1, Mix::mixed),
            (Samples{32767, 32767, 32767}));
  EXPECT_EQ(mixed({-32768, -32768, -32768, -5, -32768, 0}, 2, 1, Mix::mixed),
            (Samples{-32768, -32768, -32768}));
  EXPECT_EQ(mixed({32767, -32768}, 2, 1, Mix::mixed), (Samples{-1}));
}

TEST(LegMixer, AMissingCalleeIsSilence) {
  EXPECT_EQ(mixed({7, 8}, 1, 1, Mix::stereo), (Samples{7, 0, 8, 0}));
  EXPECT_EQ(mixed({7, 8}, 1, 1, Mix::mixed), (Samples{7, 8}));
}

TEST(LegMixer, ALegOfNothingButTheSwitchsPaddingIsDigitalSilence) {
  EXPECT_EQ(mixed({7, -1, 8, -1}, 2, 1, Mix::stereo), (Samples{7, 0, 8, 0}));
  EXPECT_EQ(mixed({-1, 7, -1, 8}, 2, 1, Mix::stereo), (Samples{0, 7, 0, 8}));
  EXPECT_EQ(mixed({-1, 7, -1, 8}, 2, 1, Mix::mixed), (Samples{7, 8}));
  EXPECT_EQ(mixed({-1, -1, -1}, 1, 1, Mix::mono), (Samples{0, 0, 0}));
  EXPECT_EQ(mixed({-1, -1, -1, -1}, 2, 1, Mix::mixed), (Samples{0, 0}));
}

TEST(LegMixer, ALegWithOtherSamplesKeepsItsMinusOne) {
  EXPECT_EQ(mixed({-1, -1, 0}, 1, 1, Mix::mono), (Samples{-1, -1, 0}));
  EXPECT_EQ(mixed({-1, 5, -1, 6, 3, 7}, 2, 1, Mix::stereo), (Samples{-1, 5, -1, 6, 3, 7}));
  EXPECT_EQ(mixed({-1, -1, -1, 3}, 2, 1, Mix::mixed), (Samples{-1, 3}));
}

TEST(LegMixer, ACodecOfTwoChannelsIsAveragedForOneLeg) {
  EXPECT_EQ(mixed({100, 200, -100, -300}, 1, 2, Mix::mono), (Samples{150, -200}));
  EXPECT_EQ(mixed({32767, 32767, -32768, -32768}, 1, 2, Mix::mono), (Samples{32767, -32768}));
}

TEST(LegMixer, ACodecOfTwoChannelsIsAveragedForTwoLegs) {
  // caller 1st channel, callee 1st channel, caller 2nd channel, callee 2nd channel
  const Samples frame{100, 10, 200, 30, 300, 50, 500, 70};
  EXPECT_EQ(mixed(frame, 2, 2, Mix::mono), (Samples{150, 400}));
  EXPECT_EQ(mixed(frame, 2, 2, Mix::stereo), (Samples{150, 20, 400, 60}));
  EXPECT_EQ(mixed(frame, 2, 2, Mix::mixed), (Samples{170, 460}));
}

TEST(LegMixer, PaddingOfATwoChannelCodecIsSilenceOnlyIfBothChannelsHoldIt) {
  EXPECT_EQ(mixed({-1, 10, -1, 30}, 2, 2, Mix::stereo), (Samples{0, 20}));
  EXPECT_EQ(mixed({-1, 10, -3, 30}, 2, 2, Mix::stereo), (Samples{-2, 20}));
}

TEST(LegMixer, WritesNoMoreThanFits) {
  const Samples samples{1, 2, 3, 4};
  Samples out(5, 99);
  const LegFrame frame{samples, 8000, 1, 1};
  EXPECT_EQ((LegMixer{frame, Mix::stereo}.mix(0, out)), 2U);
  EXPECT_EQ(out, (Samples{1, 0, 2, 0, 99}));
}

TEST(LegMixer, AnEmptyFrameIsNoAudio) {
  EXPECT_TRUE(mixed({}, 2, 2, Mix::mixed).empty());
}

}  // namespace
}  // namespace audio_stream::audio
