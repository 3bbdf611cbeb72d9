#include "audio/resampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/format.hpp"
#include "audio/tone.hpp"

namespace audio_stream::audio {
namespace {

using test::amplitude_at;
using test::decibels;
using test::tone;
using Samples = std::vector<std::int16_t>;

Resampler make(std::uint8_t channels, std::uint32_t input_hz, std::uint32_t output_hz) {
  auto made = Resampler::create(channels, input_hz, output_hz);
  EXPECT_TRUE(made) << made.error();
  return std::move(*made);
}

/// Passes `in` through `resampler` in frames of 20 ms, with room for `room` samples of output.
Samples convert(Resampler& resampler, std::span<const std::int16_t> in, std::uint8_t channels,
                std::size_t room) {
  const std::size_t frame = std::size_t{resampler.input_hz()} / 50 * channels;
  Samples out;
  Samples buffer(room * channels);
  while (!in.empty()) {
    auto piece = in.first(std::min(frame, in.size()));
    in = in.subspan(piece.size());
    while (!piece.empty()) {
      const auto progress = resampler.process(piece, buffer);
      if (progress.consumed + progress.produced == 0) {
        ADD_FAILURE() << "the resampler stands still";
        return out;
      }
      piece = piece.subspan(progress.consumed * channels);
      out.insert(out.end(), buffer.begin(),
                 buffer.begin() + static_cast<std::ptrdiff_t>(progress.produced * channels));
    }
  }
  return out;
}

/// A second of audio after the filter's transient.
std::span<const std::int16_t> settled(const Samples& audio, std::uint32_t rate_hz) {
  return std::span{audio}.subspan(rate_hz / 10, rate_hz);
}

struct Conversion {
  std::uint32_t from;
  std::uint32_t to;
};

class ResamplerFigures : public testing::TestWithParam<Conversion> {};

TEST_P(ResamplerFigures, ToneKeepsItsLevelWithinHalfADecibel) {
  const auto [from, to] = GetParam();
  for (const double hz : {300.0, 1000.0, 3400.0}) {
    auto resampler = make(1, from, to);
    const auto out = convert(resampler, tone(hz, from, from * 2), 1, to / 50);
    const double level = amplitude_at(hz, to, settled(out, to));
    EXPECT_NEAR(decibels(level / 16000.0), 0.0, 0.5) << hz << " Hz";
  }
}

TEST_P(ResamplerFigures, SilenceStaysDigitalSilence) {
  const auto [from, to] = GetParam();
  auto resampler = make(1, from, to);
  for (const auto sample : convert(resampler, Samples(from), 1, to / 50)) ASSERT_EQ(sample, 0);
}

TEST_P(ResamplerFigures, LengthIsRightWithinTheFiltersDelay) {
  const auto [from, to] = GetParam();
  auto resampler = make(1, from, to);
  const auto out = convert(resampler, tone(440, from, from * 10), 1, to / 50);
  EXPECT_NEAR(static_cast<double>(out.size()), to * 10.0, to / 100.0);
}

INSTANTIATE_TEST_SUITE_P(Rates, ResamplerFigures,
                         testing::Values(Conversion{8000, 16000}, Conversion{48000, 8000},
                                         Conversion{8000, 48000}, Conversion{16000, 8000},
                                         Conversion{8000, 11025}, Conversion{48000, 44100},
                                         Conversion{16000, 22050}),
                         [](const auto& rates) {
                           return std::to_string(rates.param.from) + "To" +
                                  std::to_string(rates.param.to);
                         });

TEST(Resampler, ImagesFrom8kTo16kLieBelowMinus60Decibels) {
  for (const double hz : {300.0, 1000.0, 3000.0, 3400.0}) {
    auto resampler = make(1, 8000, 16000);
    const auto out = convert(resampler, tone(hz, 8000, 16000), 1, 320);
    const double image = amplitude_at(8000 - hz, 16000, settled(out, 16000));
    EXPECT_LT(decibels(image / 16000.0), -60.0) << hz << " Hz";
  }
}

TEST(Resampler, AliasesFrom48kTo8kLieBelowMinus60Decibels) {
  // Each of these frequencies would alias into the telephone band.
  for (const double hz : {4600.0, 5000.0, 7000.0, 9000.0, 12600.0, 20000.0}) {
    auto resampler = make(1, 48000, 8000);
    const auto out = convert(resampler, tone(hz, 48000, 96000), 1, 160);
    double folded = std::fmod(hz, 8000.0);
    if (folded > 4000.0) folded = 8000.0 - folded;
    const double alias = amplitude_at(folded, 8000, settled(out, 8000));
    EXPECT_LT(decibels(alias / 16000.0), -60.0) << hz << " Hz";
  }
}

TEST(Resampler, AddsNoDistortion) {
  auto resampler = make(1, 8000, 16000);
  const auto out = convert(resampler, tone(1000, 8000, 16000), 1, 320);
  for (const double hz : {500.0, 2000.0, 3000.0, 4500.0, 6000.0}) {
    const double level = amplitude_at(hz, 16000, settled(out, 16000));
    EXPECT_LT(decibels(level / 16000.0), -60.0) << hz << " Hz";
  }
}

TEST(Resampler, EqualRatesAreCopiedBitByBit) {
  for (const std::uint8_t channels : {std::uint8_t{1}, std::uint8_t{2}}) {
    for (const std::uint32_t rate : kRates) {
      auto resampler = make(channels, rate, rate);
      Samples ramp(std::size_t{rate} * channels);
      for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::int16_t>(i * 7);
      EXPECT_EQ(convert(resampler, ramp, channels, 37), ramp) << rate;
    }
  }
}

TEST(Resampler, ChannelsDoNotMix) {
  constexpr std::size_t kLength = 16000;
  const auto left = tone(1000, 8000, kLength);
  Samples both(2 * kLength);
  for (std::size_t i = 0; i < kLength; ++i) both[2 * i] = left[i];
  auto resampler = make(2, 8000, 16000);
  const auto out = convert(resampler, both, 2, 320);
  auto alone = make(1, 8000, 16000);
  const auto reference = convert(alone, left, 1, 320);
  ASSERT_EQ(out.size(), 2 * reference.size());
  for (std::size_t i = 0; i < reference.size(); ++i) {
    ASSERT_EQ(out[2 * i], reference[i]);
    ASSERT_EQ(out[2 * i + 1], 0);
  }
}

TEST(Resampler, TheSizeOfItsInputPiecesMakesNoDifference) {
  const auto in = tone(700, 48000, 48000);
  auto large = make(1, 48000, 11025);
  auto small = make(1, 48000, 11025);
  EXPECT_EQ(convert(large, in, 1, 4096), convert(small, in, 1, 13));
}

TEST(Resampler, AChangeOfRateInMidStreamKeepsPitchAndDuration) {
  auto resampler = make(1, 8000, 16000);
  Samples out = convert(resampler, tone(1000, 8000, 16000), 1, 320);
  const std::size_t first = out.size();
  EXPECT_NEAR(static_cast<double>(first), 32000.0, 160.0);
  ASSERT_TRUE(resampler.set_input_rate(48000));
  EXPECT_EQ(resampler.input_hz(), 48000U);
  const auto wide = convert(resampler, tone(1000, 48000, 96000), 1, 320);
  EXPECT_NEAR(static_cast<double>(wide.size()), 32000.0, 160.0);
  EXPECT_EQ(test::strongest(settled(out, 16000), 16000, 980, 1020), 1000);
  EXPECT_EQ(test::strongest(settled(wide, 16000), 16000, 980, 1020), 1000);
  ASSERT_TRUE(resampler.set_input_rate(16000));
  const auto equal = tone(1000, 16000, 16000);
  EXPECT_EQ(convert(resampler, equal, 1, 320), equal);
}

TEST(Resampler, RefusesAnImpossibleRateAndContinuesAsBefore) {
  EXPECT_FALSE(Resampler::create(1, 0, 8000));
  EXPECT_FALSE(Resampler::create(1, 1'000'000, 8000));
  auto resampler = make(1, 8000, 16000);
  EXPECT_FALSE(resampler.set_input_rate(0));
  EXPECT_FALSE(resampler.set_input_rate(4'000'000'000U));
  EXPECT_EQ(resampler.input_hz(), 8000U);
  const auto out = convert(resampler, tone(1000, 8000, 16000), 1, 320);
  EXPECT_NEAR(static_cast<double>(out.size()), 32000.0, 160.0);
}

TEST(Resampler, TheErrorNamesBothRates) {
  const auto made = Resampler::create(1, 3, 16000);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().find("3 Hz"), std::string::npos);
  EXPECT_NE(made.error().find("16000 Hz"), std::string::npos);
}

}  // namespace
}  // namespace audio_stream::audio
