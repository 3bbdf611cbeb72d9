// Packets of exactly N ms, for every ptime and rate of the channel and every rate of the stream.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "audio/format.hpp"
#include "stream/uplink_fixture.hpp"

namespace audio_stream::stream {
namespace {

using audio::Mix;
using test::Rig;
using test::Samples;

constexpr std::uint32_t kPacketSizes[] = {20, 60, 100, 1000};
constexpr std::uint32_t kSeconds = 10;

/// A sample that tells its own position and hardly repeats.
std::int16_t ramp(std::size_t i) {
  return static_cast<std::int16_t>(i * 31 % 65521);
}

class UplinkPackets
    : public testing::TestWithParam<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> {
 protected:
  /// Passes ten seconds of a ramp through and returns the size of each packet.
  std::vector<std::size_t> stream(Rig& rig) const {
    const std::size_t frame_length = input_hz_ * ptime_ms_ / 1000;
    std::vector<std::size_t> sizes;
    Samples frame(frame_length);
    std::size_t next = 0;
    for (std::uint32_t ms = 0; ms + ptime_ms_ <= kSeconds * 1000; ms += ptime_ms_) {
      for (auto& sample : frame) sample = ramp(next++);
      const bool ready = rig.write(frame, input_hz_);
      const auto fresh = rig.drain();
      EXPECT_EQ(ready, !fresh.empty());
      sizes.insert(sizes.end(), fresh.begin(), fresh.end());
    }
    return sizes;
  }

  const std::uint32_t ptime_ms_ = std::get<0>(GetParam());
  const std::uint32_t input_hz_ = std::get<1>(GetParam());
  const std::uint32_t output_hz_ = std::get<2>(GetParam());
};

TEST_P(UplinkPackets, HoldExactlyTheirMillisecondsAndNothingIsLost) {
  for (const std::uint32_t packet_ms : kPacketSizes) {
    SCOPED_TRACE(std::to_string(packet_ms) + " ms");
    Rig rig{{Mix::mono, output_hz_, packet_ms, 2000}, input_hz_};
    const auto sizes = stream(rig);
    std::uint64_t samples = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      ASSERT_EQ(rig.positions[i], samples);
      samples += sizes[i];
      ASSERT_EQ(samples, (i + 1) * packet_ms * output_hz_ / 1000) << "packet " << i;
    }

    rig.uplink->finish();
    for (const std::size_t size : rig.drain()) samples += size;
    const std::uint64_t input = rig.audio.size();
    EXPECT_EQ(samples, input);
    EXPECT_EQ(rig.counters.samples_in.load(), samples);
    EXPECT_EQ(rig.counters.samples_dropped.load(), 0U);

    const std::uint64_t written_ms = kSeconds * 1000 / ptime_ms_ * ptime_ms_;
    const auto due = static_cast<double>(written_ms * output_hz_ / 1000);
    if (input_hz_ == output_hz_) {
      ASSERT_EQ(static_cast<double>(samples), due);
      for (std::size_t i = 0; i < rig.audio.size(); ++i) ASSERT_EQ(rig.audio[i], ramp(i)) << i;
    } else {
      EXPECT_NEAR(static_cast<double>(samples), due, output_hz_ / 100.0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryPtimeAndRate, UplinkPackets,
                         testing::Combine(testing::Values(10, 20, 30, 40, 60, 120),
                                          testing::Values(8000, 16000, 48000),
                                          testing::ValuesIn(audio::kRates)),
                         [](const auto& shape) {
                           return std::to_string(std::get<0>(shape.param)) + "ms" +
                                  std::to_string(std::get<1>(shape.param)) + "To" +
                                  std::to_string(std::get<2>(shape.param));
                         });

TEST(UplinkPacketsAt11025Hz, AlternateBetween220And221Samples) {
  Rig rig{{Mix::mono, 11025, 20, 2000}, 8000};
  rig.write_ms(1000, 8000);
  const auto sizes = rig.drain();
  ASSERT_GE(sizes.size(), 48U);
  for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(sizes[i], i % 2 == 0 ? 220U : 221U);
}

TEST(UplinkPacketsInStereo, HoldBothLegsSampleBySample) {
  for (const std::uint32_t ptime : {10U, 20U, 30U, 60U, 120U}) {
    Rig rig{{Mix::stereo, 48000, 60, 2000}, 48000};
    Samples frame(std::size_t{48} * ptime * 2);
    std::size_t next = 0;
    for (int i = 0; i < 50; ++i) {
      for (auto& sample : frame) sample = ramp(next++);
      rig.write_legs(frame, 48000);
      for (const std::size_t size : rig.drain()) ASSERT_EQ(size, 48U * 60 * 2);
    }
    rig.uplink->finish();
    rig.drain();
    ASSERT_EQ(rig.audio.size(), next);
    for (std::size_t i = 0; i < next; ++i) ASSERT_EQ(rig.audio[i], ramp(i));
    EXPECT_EQ(rig.counters.samples_in.load(), next / 2);
  }
}

}  // namespace
}  // namespace audio_stream::stream
