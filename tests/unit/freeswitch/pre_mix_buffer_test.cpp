#include "freeswitch/pre_mix_buffer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace audio_stream::freeswitch {
namespace {

std::vector<std::int16_t> taken(PreMixBuffer<6>& kept) {
  const auto samples = kept.take();
  return {samples.begin(), samples.end()};
}

TEST(PreMixBuffer, SamplesThatNoTickTookPrecedeTheNextFrame) {
  PreMixBuffer<6> kept;
  kept.keep(std::array<std::int16_t, 2>{1, 2});
  EXPECT_FALSE(kept.empty());
  kept.keep(std::array<std::int16_t, 2>{3, 4});
  EXPECT_EQ(taken(kept), (std::vector<std::int16_t>{1, 2, 3, 4}));
  EXPECT_TRUE(kept.empty());
  EXPECT_TRUE(taken(kept).empty());
  kept.keep(std::array<std::int16_t, 1>{5});
  EXPECT_EQ(taken(kept), (std::vector<std::int16_t>{5}));
}

TEST(PreMixBuffer, AFrameThatDoesNotFitIsLeftOutCompletely) {
  PreMixBuffer<6> kept;
  kept.keep(std::array<std::int16_t, 4>{1, 2, 3, 4});
  kept.keep(std::array<std::int16_t, 3>{5, 6, 7});
  EXPECT_EQ(taken(kept), (std::vector<std::int16_t>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace audio_stream::freeswitch
