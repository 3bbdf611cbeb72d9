// A stream that runs for a day: nothing drifts or overflows.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "audio/packet_pool.hpp"
#include "stream/uplink.hpp"

namespace audio_stream::stream {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A call whose time the test controls.
class Day : public testing::Test {
 protected:
  static constexpr hours kDay{24};

  void make(audio::Mix mix, std::uint32_t rate_hz, std::uint32_t call_rate_hz) {
    const Uplink::Shape shape{mix, rate_hz, 1000, 5000};
    rate_hz_ = rate_hz;
    pool_.emplace(Uplink::packet_samples(shape), std::size_t{1} << 26U);
    pool_->ensure(20);
    auto made = Uplink::create(shape, call_rate_hz, *pool_, counters_);
    ASSERT_TRUE(made) << made.error();
    uplink_ = std::move(*made);
  }

  /// A tick of the call, with or without a frame.
  void tick(const std::vector<std::int16_t>* frame, std::uint32_t rate_hz) {
    uplink_->tick(now_, [&, given = false]() mutable -> std::optional<audio::LegFrame> {
      if (frame == nullptr || std::exchange(given, true)) return std::nullopt;
      return audio::LegFrame{*frame, rate_hz, 1};
    });
  }

  /// Takes the packets that are ready. Each follows the one before it, or counted silence.
  void take() {
    while (const auto packet = uplink_->pop()) {
      ASSERT_EQ(packet->position, next_position_ + packet->filler);
      next_position_ = packet->position + packet->size() / channels_;
      uplink_->replenish();
    }
  }

  void expect_exactly(milliseconds length) {
    uplink_->finish();
    take();
    const auto due = static_cast<std::uint64_t>(length.count()) * rate_hz_ / 1000;
    // Less the audio of the current tick and of the resampler.
    EXPECT_NEAR(static_cast<double>(next_position_), static_cast<double>(due), rate_hz_ * 0.1);
    EXPECT_EQ(counters_.samples_in.load(), next_position_);
    EXPECT_EQ(counters_.samples_dropped.load(), 0U);
  }

  Counters counters_;
  std::optional<audio::PacketPool> pool_;
  std::unique_ptr<Uplink> uplink_;
  Uplink::Time now_ = Uplink::Time{} + hours{1000};
  std::uint32_t rate_hz_ = 8000;
  std::uint64_t channels_ = 1;
  std::uint64_t next_position_ = 0;
};

TEST_F(Day, OfSpeechIsADayOfSamples) {
  make(audio::Mix::mono, 8000, 8000);
  const std::vector<std::int16_t> frame(960, 1000);  // 120 ms
  for (milliseconds at{0}; at < kDay; at += milliseconds{120}) {
    now_ += milliseconds{120};
    tick(&frame, 8000);
    take();
  }
  expect_exactly(kDay);
  EXPECT_EQ(counters_.samples_filled.load(), 0U);
}

/// A caller's clock is 50 ppm slow, which is four seconds a day. The stream keeps the call's time.
TEST_F(Day, OfASlowCallerIsADayOfTheCallsTime) {
  make(audio::Mix::mono, 8000, 8000);
  const std::vector<std::int16_t> frame(960, 1000);
  const auto begun = now_;
  while (now_ - begun < kDay) {
    now_ += microseconds{120'006};
    tick(&frame, 8000);
    take();
  }
  uplink_->finish();
  take();
  const double seconds = static_cast<double>(next_position_) / 8000;
  EXPECT_NEAR(seconds, 86400.0, 5.0);
  EXPECT_EQ(counters_.samples_dropped.load(), 0U);
}

/// Three hours, because resampling a whole day would take twenty seconds.
TEST_F(Day, OfAnotherRateHasThreeHoursOfSamplesInThreeHours) {
  make(audio::Mix::mono, 16000, 8000);
  const std::vector<std::int16_t> frame(960, 1000);
  for (milliseconds at{0}; at < kDay / 8; at += milliseconds{120}) {
    now_ += milliseconds{120};
    tick(&frame, 8000);
    take();
  }
  expect_exactly(kDay / 8);
}

TEST_F(Day, OfSilenceAndHoldIsADayOfSamples) {
  make(audio::Mix::mono, 8000, 8000);
  const std::vector<std::int16_t> frame(160, 1000);
  const auto begun = now_;
  // A second of speech, a second of ticks without a frame, a second without ticks.
  while (now_ - begun < kDay) {
    for (int i = 0; i < 50; ++i) {
      now_ += milliseconds{20};
      tick(&frame, 8000);
    }
    for (int i = 0; i < 50; ++i) {
      now_ += milliseconds{20};
      tick(nullptr, 8000);
    }
    for (int i = 0; i < 5; ++i) {
      now_ += milliseconds{200};
      uplink_->fill_absence(now_);
    }
    take();
  }
  uplink_->finish();
  take();
  const double seconds = static_cast<double>(next_position_) / 8000;
  EXPECT_NEAR(seconds, 86400.0, 5.0);
}

}  // namespace
}  // namespace audio_stream::stream
