// A mask replaces the caller's audio, and nothing of what the caller said meanwhile gets out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "audio/tone.hpp"
#include "stream/uplink_fixture.hpp"

namespace audio_stream::stream {
namespace {

using audio::MaskKind;
using audio::Mix;
using test::Rig;
using test::Samples;

constexpr Uplink::Shape kMono8k{Mix::mono, 8000, 20, 2000};

std::int64_t count(const Samples& audio, std::int16_t value) {
  return std::ranges::count(audio, value);
}

TEST(Masking, IsSilenceFromTheNextFrameOn) {
  Rig rig{kMono8k, 8000};
  rig.write_ms(40, 8000, 1);
  rig.uplink->mask(MaskKind::silence);
  rig.write_ms(100, 8000, 2);
  rig.drain();
  EXPECT_EQ(count(rig.audio, 1), 320);
  EXPECT_EQ(count(rig.audio, 2), 0);
  EXPECT_EQ(count(rig.audio, 0), 800) << "the time goes on";
}

TEST(Masking, EndsBehindTheFrameThatWasUnderWay) {
  Rig rig{kMono8k, 8000};
  rig.uplink->mask(MaskKind::silence);
  rig.write_ms(40, 8000, 1);
  rig.uplink->mask(MaskKind::off);
  rig.write_ms(20, 8000, 2);
  rig.write_ms(20, 8000, 3);
  rig.drain();
  EXPECT_EQ(count(rig.audio, 2), 0) << "the caller spoke it before the mask ended";
  EXPECT_EQ(count(rig.audio, 3), 160);
}

TEST(Masking, TellsWhereItBeganAndEnded) {
  Rig rig{kMono8k, 8000};
  rig.write_ms(40, 8000);
  EXPECT_FALSE(rig.uplink->masking().take());
  rig.uplink->mask(MaskKind::silence);
  rig.write_ms(60, 8000);
  rig.uplink->mask(MaskKind::off);
  rig.write_ms(20, 8000);
  const auto began = rig.uplink->masking().take();
  const auto ended = rig.uplink->masking().take();
  ASSERT_TRUE(began && ended);
  EXPECT_TRUE(began->on);
  EXPECT_EQ(began->position, 320U);
  EXPECT_FALSE(ended->on);
  EXPECT_EQ(ended->position, 320U + 640);
}

TEST(Masking, SettingItAgainChangesTheKindAlone) {
  Rig rig{kMono8k, 8000};
  rig.uplink->mask(MaskKind::silence);
  rig.write_ms(20, 8000);
  rig.uplink->mask(MaskKind::tone);
  rig.write_ms(20, 8000);
  EXPECT_TRUE(rig.uplink->masking().take());
  EXPECT_FALSE(rig.uplink->masking().take());
}

TEST(Masking, AToneIsHeardAndNotTheCaller) {
  Uplink::Shape shape = kMono8k;
  shape.mask = MaskKind::tone;
  Rig rig{shape, 8000};
  const Samples caller = audio::test::tone(1000, 8000, 160);
  for (int i = 0; i < 50; ++i) rig.write(caller, 8000);
  rig.drain();
  EXPECT_NEAR(audio::test::amplitude_at(Masking::kToneHz, 8000, rig.audio), 2000, 100);
  EXPECT_LT(audio::test::amplitude_at(1000, 8000, rig.audio), 1);
}

TEST(Masking, LeavesTheOtherLegAlone) {
  for (const Mix mix : {Mix::stereo, Mix::mixed}) {
    Rig rig{{mix, 8000, 20, 2000}, 8000};
    rig.uplink->mask(MaskKind::silence);
    Samples both(320);
    for (std::size_t i = 0; i < both.size(); i += 2) {
      both[i] = 7;
      both[i + 1] = 9;
    }
    for (int i = 0; i < 10; ++i) rig.write_legs(both, 8000);
    rig.drain();
    EXPECT_EQ(count(rig.audio, 7) + count(rig.audio, 16), 0);
    EXPECT_GT(count(rig.audio, 9), 1000);
  }
}

TEST(Masking, TheResamplerKeepsNothingOfTheCaller) {
  Rig rig{kMono8k, 16000};
  rig.uplink->mask(MaskKind::silence);
  rig.write_ms(100, 16000, 20'000);
  rig.uplink->mask(MaskKind::off);
  rig.write_ms(20, 16000, 20'000);
  rig.write_ms(100, 16000, 0);
  rig.drain();
  EXPECT_EQ(count(rig.audio, 0), static_cast<std::int64_t>(rig.audio.size()));
}

}  // namespace
}  // namespace audio_stream::stream
