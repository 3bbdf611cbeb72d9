#include "audio/packet_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "audio/format.hpp"

namespace audio_stream::audio {
namespace {

TEST(PacketClock, EveryPacketEndsExactlyWhereItsMillisecondsEnd) {
  for (const std::uint32_t rate : kRates) {
    for (std::uint32_t ms = 20; ms <= 1000; ms += 20) {
      PacketClock clock{rate, ms};
      std::uint64_t samples = 0;
      for (std::uint64_t packet = 1; packet <= 500; ++packet) {
        EXPECT_LE(clock.samples(), clock.most_samples());
        samples += clock.samples();
        ASSERT_EQ(samples, packet * ms * rate / 1000) << rate << " Hz, " << ms << " ms";
        clock.advance();
      }
    }
  }
}

TEST(PacketClock, PacketsAreEquallyLongIfTheRateAllowsIt) {
  for (const std::uint32_t rate : {8000U, 12000U, 16000U, 24000U, 32000U, 44100U, 48000U}) {
    PacketClock clock{rate, 20};
    for (int packet = 0; packet < 100; ++packet, clock.advance()) {
      ASSERT_EQ(clock.samples(), rate / 50);
    }
  }
}

TEST(PacketClock, At11025HzPacketsOf20MsAlternateBetween220And221Samples) {
  PacketClock clock{11025, 20};
  for (int packet = 0; packet < 100; ++packet, clock.advance()) {
    ASSERT_EQ(clock.samples(), packet % 2 == 0 ? 220U : 221U);
  }
  EXPECT_EQ(clock.most_samples(), 221U);
}

TEST(PacketClock, StaysExactAfterTenDays) {
  PacketClock clock{11025, 1000};
  for (int packet = 0; packet < 10 * 24 * 3600; ++packet) clock.advance();
  EXPECT_EQ(clock.samples(), 11025U);
}

}  // namespace
}  // namespace audio_stream::audio
