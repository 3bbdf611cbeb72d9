#include "audio/utterance_resampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "audio/tone.hpp"

namespace audio_stream::audio {
namespace {

using test::amplitude_at;
using test::decibels;
using test::tone;
using Samples = std::vector<std::int16_t>;

UtteranceResampler make(std::uint32_t output_hz) {
  auto made = UtteranceResampler::create(output_hz);
  EXPECT_TRUE(made) << made.error();
  return std::move(*made);
}

struct Rates {
  std::uint32_t from;
  std::uint32_t to;
};

class UtteranceFigures : public testing::TestWithParam<Rates> {};

Samples in_pieces(UtteranceResampler& resampler, const Samples& in, std::uint32_t from,
                  std::uint32_t seed) {
  std::mt19937 random{seed};
  Samples out;
  for (std::size_t done = 0; done < in.size();) {
    const std::size_t piece = std::min<std::size_t>(in.size() - done, random() % 997 + 1);
    EXPECT_TRUE(resampler.append(std::span{in}.subspan(done, piece), from, out));
    done += piece;
  }
  resampler.finish(out);
  return out;
}

TEST_P(UtteranceFigures, CutsAreInaudibleInATone) {
  const auto [from, to] = GetParam();
  auto resampler = make(to);
  const auto out = in_pieces(resampler, tone(1000, from, from * 2), from, 3);
  const auto steady = std::span{out}.subspan(to / 10, to);
  const double level = amplitude_at(1000, to, steady);
  EXPECT_NEAR(decibels(level / 16000.0), 0, 0.5);
  // A click has components at all frequencies.
  for (double hz = 150; hz < std::min(from, to) / 2.0 - 400; hz += 97) {
    if (std::abs(hz - 1000) < 60) continue;
    EXPECT_LT(decibels(amplitude_at(hz, to, steady) / level), -60) << hz << " Hz";
  }
}

TEST_P(UtteranceFigures, TheSizeOfItsPiecesChangesNothing) {
  const auto [from, to] = GetParam();
  auto one = make(to);
  auto other = make(to);
  const Samples in = tone(700, from, from);
  Samples whole;
  ASSERT_TRUE(one.append(in, from, whole));
  one.finish(whole);
  EXPECT_EQ(in_pieces(other, in, from, 4), whole);
}

TEST_P(UtteranceFigures, AnUtteranceKeepsItsLength) {
  const auto [from, to] = GetParam();
  auto resampler = make(to);
  for (const std::size_t samples : {1U, 7U, 160U, 4801U}) {
    Samples out;
    ASSERT_TRUE(resampler.append(Samples(samples, 100), from, out));
    EXPECT_EQ(out.size() + resampler.kept_back(), std::uint64_t{samples} * to / from);
    resampler.finish(out);
    EXPECT_EQ(out.size(), std::uint64_t{samples} * to / from) << samples;
    EXPECT_EQ(resampler.kept_back(), 0U);
  }
}

TEST_P(UtteranceFigures, AnUtteranceBeginsWithItsFirstSample) {
  const auto [from, to] = GetParam();
  auto resampler = make(to);
  for (int again = 0; again < 2; ++again) {
    Samples out;
    ASSERT_TRUE(resampler.append(Samples(from / 50, 8000), from, out));
    resampler.finish(out);
    EXPECT_GT(out.front(), 3000);
    EXPECT_GT(out.back(), 3000);
    EXPECT_NEAR(out[out.size() / 2], 8000, 200);
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, UtteranceFigures,
                         testing::Values(Rates{8000, 8000}, Rates{16000, 8000}, Rates{24000, 8000},
                                         Rates{8000, 16000}, Rates{22050, 8000},
                                         Rates{24000, 48000}),
                         [](const auto& each) {
                           return std::to_string(each.param.from) + "to" +
                                  std::to_string(each.param.to);
                         });

TEST(UtteranceResampler, AnotherRateEndsTheUtterance) {
  auto resampler = make(8000);
  Samples out;
  ASSERT_TRUE(resampler.append(Samples(1600, 100), 16000, out));
  ASSERT_TRUE(resampler.append(Samples(2400, 100), 24000, out));
  resampler.finish(out);
  EXPECT_EQ(out.size(), 1600U);
}

TEST(UtteranceResampler, AnAbandonedUtteranceLeavesNothingToTheNext) {
  auto resampler = make(8000);
  Samples out;
  ASSERT_TRUE(resampler.append(Samples(1600, 20'000), 16000, out));
  resampler.abandon();
  out.clear();
  ASSERT_TRUE(resampler.append(Samples(1600, 0), 16000, out));
  resampler.finish(out);
  EXPECT_EQ(out, Samples(800));
}

TEST(UtteranceResampler, RefusesAnImpossibleRate) {
  auto resampler = make(8000);
  Samples out;
  EXPECT_FALSE(resampler.append(Samples(160), 3, out));
}

}  // namespace
}  // namespace audio_stream::audio
