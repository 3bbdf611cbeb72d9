#include "stream/uplink.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "audio/tone.hpp"
#include "stream/uplink_fixture.hpp"

namespace audio_stream::stream {
namespace {

using audio::Mix;
using test::Rig;
using test::Samples;

constexpr Uplink::Shape kMono8k{Mix::mono, 8000, 20, 2000};

TEST(Uplink, KeepsTheBoundAndDropsTheOldest) {
  Rig rig{kMono8k, 8000};
  for (int frame = 0; frame < 150; ++frame) {
    rig.write_ms(20, 8000, static_cast<std::int16_t>(frame));
  }
  EXPECT_EQ(rig.uplink->queued_ms(), 2000U);
  EXPECT_EQ(rig.counters.packets_dropped.load(), 50U);
  EXPECT_EQ(rig.counters.samples_dropped.load(), 50U * 160);
  EXPECT_EQ(rig.drain().size(), 100U);
  EXPECT_EQ(rig.audio.front(), 50);
  EXPECT_EQ(rig.audio.back(), 149);
}

// The I/O thread is late, so the pool does not grow meanwhile.
TEST(Uplink, TheWholeBoundHoldsWhileTheIoThreadIsLate) {
  Rig rig{{Mix::mono, 8000, 20, 60'000}, 8000};
  const Samples frame(160, 1);
  for (int i = 0; i < 3000; ++i) rig.uplink->tick({}, test::frames({{frame, 8000, 1}}));
  EXPECT_EQ(rig.counters.samples_dropped.load(), 0U);
  EXPECT_EQ(rig.uplink->queued_ms(), 60'000U);
}

TEST(Uplink, PositionsShowTheGapOfDrops) {
  Rig rig{kMono8k, 8000};
  rig.write_ms(3000, 8000);
  rig.drain();
  EXPECT_EQ(rig.positions.front(), 8000U);
  EXPECT_EQ(rig.positions.back(), 24000U - 160);
}

TEST(Uplink, TheBoundHoldsForEveryPacketSize) {
  for (const std::uint32_t packet_ms : {20U, 60U, 100U, 300U, 1000U}) {
    for (const Mix mix : {Mix::mono, Mix::stereo}) {
      Rig rig{{mix, 8000, packet_ms, 2000}, 8000};
      rig.write_ms(10'000, 8000);
      const std::uint64_t queued = rig.uplink->queued_ms();
      EXPECT_LE(queued, 2000U);
      EXPECT_GT(queued + packet_ms, 2000U);
      const std::uint64_t packets = 10'000 / packet_ms;
      EXPECT_EQ(rig.counters.packets_dropped.load(), packets - queued / packet_ms);
      EXPECT_EQ(rig.counters.samples_dropped.load(), (packets * packet_ms - queued) * 8);
    }
  }
}

TEST(Uplink, DropsOfUnevenPacketsAreCountedExactly) {
  Rig rig{{Mix::mono, 11025, 20, 2000}, 8000};
  rig.write_ms(5000, 8000);
  rig.drain();
  const std::uint64_t delivered = rig.audio.size();
  rig.uplink->finish();
  std::uint64_t rest = 0;
  for (const std::size_t size : rig.drain()) rest += size;
  EXPECT_EQ(rig.counters.samples_in.load(), delivered + rest + rig.counters.samples_dropped.load());
}

TEST(Uplink, AnEmptyPoolCostsTheStreamsOldestPacket) {
  Rig rig{kMono8k, 8000, 1};  // one slab of packets
  std::vector<audio::PacketPtr> others;
  while (auto packet = rig.pool.take()) others.push_back(std::move(packet));
  others.resize(others.size() - 3);  // leaves three besides the one being filled
  for (int frame = 0; frame < 10; ++frame) {
    rig.write_ms(20, 8000, static_cast<std::int16_t>(frame));
  }
  EXPECT_EQ(rig.counters.packets_dropped.load(), 7U);
  EXPECT_EQ(rig.counters.samples_dropped.load(), 7U * 160);
  EXPECT_EQ(rig.counters.samples_without_room.load(), 7U * 160);
  EXPECT_EQ(rig.drain(), (std::vector<std::size_t>{160, 160, 160}));
  EXPECT_EQ(rig.audio.front(), 7);
  EXPECT_EQ(rig.audio.back(), 9);
}

TEST(Uplink, WithoutAnotherPacketItReusesItsOnlyOne) {
  Rig rig{kMono8k, 8000, 1};
  std::vector<audio::PacketPtr> others;
  while (auto packet = rig.pool.take()) others.push_back(std::move(packet));
  rig.write_ms(100, 8000);
  EXPECT_EQ(rig.counters.packets_dropped.load(), 5U);
  EXPECT_TRUE(rig.drain().empty());
  others.clear();
  rig.write_ms(20, 8000, 7);
  EXPECT_EQ(rig.drain().size(), 1U);
  EXPECT_EQ(rig.audio.front(), 7);
  EXPECT_EQ(rig.positions.front(), 5U * 160);
}

// Not through the pool, which all threads share.
TEST(Uplink, ASentPacketIsFilledNext) {
  Rig rig{kMono8k, 8000};
  rig.write_ms(20, 8000);
  rig.drain();  // packets of the reserve: there was no stream yet
  rig.write_ms(20, 8000);
  audio::PacketPtr sent = rig.uplink->pop();
  const auto* const place = sent.get();
  const std::size_t are_free = rig.pool.free_packets();
  rig.uplink->recycle(std::move(sent));
  EXPECT_EQ(rig.pool.free_packets(), are_free);
  rig.write_ms(40, 8000, 7);
  EXPECT_EQ(rig.pool.free_packets(), are_free - 1);
  EXPECT_NE(rig.uplink->pop(), nullptr);
  const audio::PacketPtr again = rig.uplink->pop();
  EXPECT_EQ(again.get(), place);
  EXPECT_EQ(again->position, 480U);
  EXPECT_EQ(again->size(), 160U);
  EXPECT_EQ(std::ranges::count(again->audio(), 7), 160);
}

TEST(Uplink, PacketsOfTheReserveAreNotKept) {
  Rig rig{kMono8k, 8000};
  rig.pool.ensure(1000);
  std::vector<audio::PacketPtr> taken;
  do {
    taken.push_back(rig.pool.take());
  } while (rig.pool.stays(*taken.back()));
  const std::size_t are_free = rig.pool.free_packets();
  rig.uplink->recycle(std::move(taken.back()));
  EXPECT_EQ(rig.pool.free_packets(), are_free + 1);
}

TEST(Uplink, WithAnEmptyPoolNoStreamStarts) {
  audio::PacketPool pool{160, 1};
  pool.ensure(1);
  std::vector<audio::PacketPtr> others;
  while (auto packet = pool.take()) others.push_back(std::move(packet));
  Counters counters;
  EXPECT_FALSE(Uplink::create(kMono8k, 8000, pool, counters));
}

TEST(Uplink, AnImpossibleRateRefusesTheStart) {
  audio::PacketPool pool{160, 1};
  Counters counters;
  const auto made = Uplink::create(kMono8k, 1, pool, counters);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().find("cannot resample"), std::string::npos);
}

TEST(Uplink, SpeechDuringAPauseIsLeftOut) {
  Rig rig{kMono8k, 8000};
  rig.write_ms(40, 8000, 1);
  rig.uplink->pause(true);
  EXPECT_TRUE(rig.uplink->paused());
  rig.write_ms(1000, 8000, 2);
  rig.uplink->pause(false);
  rig.write_ms(40, 8000, 3);
  EXPECT_EQ(rig.drain().size(), 4U);
  EXPECT_EQ(std::ranges::count(rig.audio, 2), 0);
  EXPECT_EQ(rig.counters.samples_paused.load(), 8000U);
  EXPECT_EQ(rig.counters.samples_dropped.load(), 0U);
}

TEST(Uplink, APartialPacketFromBeforeAPauseIsCompletedAfterIt) {
  Rig rig{{Mix::mono, 8000, 100, 2000}, 8000};
  rig.write_ms(60, 8000, 1);
  rig.uplink->pause(true);
  rig.uplink->pause(true);  // a second pause changes nothing
  rig.write_ms(500, 8000, 2);
  rig.uplink->pause(false);
  EXPECT_TRUE(rig.drain().empty());
  rig.write_ms(40, 8000, 3);
  EXPECT_EQ(rig.drain(), (std::vector<std::size_t>{800}));
  EXPECT_EQ(std::ranges::count(rig.audio, 1), 480);
  EXPECT_EQ(std::ranges::count(rig.audio, 3), 320);
}

TEST(Uplink, TheEndQueuesTheRestAsAShorterPacket) {
  Rig rig{{Mix::mono, 8000, 100, 2000}, 8000};
  rig.write_ms(140, 8000);
  rig.uplink->finish();
  EXPECT_EQ(rig.drain(), (std::vector<std::size_t>{800, 320}));
  EXPECT_EQ(rig.positions, (std::vector<std::uint64_t>{0, 800}));
}

TEST(Uplink, TheEndQueuesNoEmptyPacket) {
  Rig rig{kMono8k, 8000};
  rig.write_ms(40, 8000);
  rig.uplink->finish();
  EXPECT_EQ(rig.drain().size(), 2U);
}

TEST(Uplink, TheEndFlushesTheResampler) {
  for (const std::uint32_t call_hz : {8000U, 16000U, 48000U}) {
    for (const std::uint32_t rate_hz : audio::kRates) {
      for (const Mix mix : {Mix::mono, Mix::stereo}) {
        Rig rig{{mix, rate_hz, 20, 2000}, call_hz};
        rig.write_ms(980, call_hz, 0);
        rig.write_ms(20, call_hz, 8000);  // the last speech
        rig.uplink->finish();
        rig.drain();
        const std::size_t channels = audio::channel_count(mix);
        // Nothing is missing, and almost nothing is added.
        const std::size_t length = rig.audio.size() / channels;
        EXPECT_GE(length + 1, rate_hz) << call_hz << " to " << rate_hz;
        EXPECT_LE(length, rate_hz + rate_hz / 100) << call_hz << " to " << rate_hz;
        double heard = 0;
        for (std::size_t i = 0; i < rig.audio.size(); i += channels) heard += rig.audio[i];
        EXPECT_NEAR(heard / (8000.0 * rate_hz / 50), 1.0, 0.05) << call_hz << " to " << rate_hz;
      }
    }
  }
}

TEST(Uplink, TheLastPacketReplacesTheOldestOfAFullQueue) {
  Rig rig{{Mix::mono, 8000, 1000, 2000}, 8000};
  rig.write_ms(2500, 8000);
  rig.uplink->finish();
  EXPECT_EQ(rig.counters.packets_dropped.load(), 1U);
  EXPECT_EQ(rig.drain(), (std::vector<std::size_t>{8000, 4000}));
}

TEST(Uplink, TheEndReturnsEveryPacketToThePool) {
  Rig rig{kMono8k, 8000};
  rig.write_ms(1010, 8000);
  rig.uplink->finish();
  rig.uplink.reset();
  EXPECT_EQ(rig.pool.free_packets(), rig.pool.total_packets());
}

TEST(Uplink, ACodecChangeInMidStreamKeepsPitchAndDuration) {
  Rig rig{{Mix::mono, 16000, 20, 20'000}, 8000};
  const auto narrow = audio::test::tone(1000, 8000, 8000 * 2);
  const auto wide = audio::test::tone(1000, 48000, 48000 * 2);
  for (std::size_t i = 0; i < narrow.size(); i += 160) {
    rig.write(std::span{narrow}.subspan(i, 160), 8000);
  }
  for (std::size_t i = 0; i < wide.size(); i += 960) {
    rig.write(std::span{wide}.subspan(i, 960), 48000);
  }
  rig.uplink->finish();
  const auto sizes = rig.drain();
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) ASSERT_EQ(sizes[i], 320U);
  EXPECT_NEAR(static_cast<double>(rig.audio.size()), 64000.0, 320.0);
  for (const std::size_t second : {8000U, 40000U}) {
    const auto part = std::span{rig.audio}.subspan(second, 16000);
    EXPECT_EQ(audio::test::strongest(part, 16000, 980, 1020), 1000);
    EXPECT_NEAR(audio::test::decibels(audio::test::amplitude_at(1000, 16000, part) / 16000), 0.0,
                0.5);
  }
}

TEST(Uplink, AFrameOfAnImpossibleRateIsLeftOut) {
  Rig rig{kMono8k, 8000};
  const Samples frame(160, 5);
  EXPECT_FALSE(rig.write(frame, 7));
  EXPECT_EQ(rig.counters.samples_unusable.load(), 160U * 8000 / 7);
  EXPECT_EQ(rig.counters.samples_dropped.load(), 0U);
  EXPECT_FALSE(rig.write(frame, 0));
  rig.uplink->pause(true);
  EXPECT_FALSE(rig.write(frame, 0));
  rig.uplink->pause(false);
  EXPECT_TRUE(rig.write(frame, 8000));
  EXPECT_EQ(rig.drain().size(), 1U);
}

TEST(Uplink, MixedIsTheSumOfBothLegsWithSaturation) {
  Rig rig{{Mix::mixed, 8000, 20, 2000}, 8000};
  Samples frame;
  for (int i = 0; i < 160; ++i) frame.insert(frame.end(), {30000, 10000});
  rig.write_legs(frame, 8000);
  rig.drain();
  EXPECT_EQ(rig.audio, Samples(160, 32767));
}

TEST(Uplink, LongFramesKeepTheirSamplesOfMinusOne) {
  // 40 ms at 48 kHz; only the first half consists of -1.
  Rig rig{{Mix::mono, 48000, 40, 2000}, 48000};
  Samples frame(1920, -1);
  std::fill(frame.begin() + 960, frame.end(), std::int16_t{500});
  rig.write(frame, 48000);
  rig.drain();
  EXPECT_EQ(rig.audio, frame);
}

TEST(Uplink, StereoIsTheCallerLeftAndWhatTheCallerHearsRight) {
  Rig rig{{Mix::stereo, 8000, 20, 2000}, 8000};
  Samples frame;
  for (std::int16_t i = 0; i < 160; ++i) {
    frame.push_back(i);
    frame.push_back(static_cast<std::int16_t>(-i));
  }
  rig.write_legs(frame, 8000);
  rig.drain();
  EXPECT_EQ(rig.audio, frame);
}

TEST(Uplink, WithoutHeardAudioThatLegIsSilence) {
  Rig rig{{Mix::stereo, 8000, 20, 2000}, 8000};
  rig.write(Samples(160, 7), 8000);
  rig.drain();
  ASSERT_EQ(rig.audio.size(), 320U);
  EXPECT_EQ(std::ranges::count(rig.audio, 7), 160);
  EXPECT_EQ(std::ranges::count(rig.audio, 0), 160);
}

TEST(Uplink, TheLegsMayHaveDifferentRates) {
  Rig rig{{Mix::stereo, 16000, 20, 2000}, 8000};
  const auto said = audio::test::tone(500, 8000, 16000);
  const auto heard = audio::test::tone(1500, 48000, 96000);
  for (std::size_t i = 0; i < 100; ++i) {
    rig.uplink->hear({std::span{heard}.subspan(i * 960, 960), 48000, 1}, {});
    rig.write(std::span{said}.subspan(i * 160, 160), 8000);
    rig.drain();
  }
  Samples left;
  Samples right;
  ASSERT_GT(rig.audio.size(), 24000U);
  for (std::size_t i = 16000; i < 24000; i += 2) {
    left.push_back(rig.audio[i]);
    right.push_back(rig.audio[i + 1]);
  }
  EXPECT_EQ(audio::test::strongest(left, 16000, 300, 2000), 500);
  EXPECT_EQ(audio::test::strongest(right, 16000, 300, 2000), 1500);
}

/// A call in real time, at a time that the test controls.
class LiveUplink : public testing::Test {
 protected:
  void tick(int ms, std::int16_t value) {
    now_ += std::chrono::milliseconds{ms};
    rig_.tick(Samples(160, value), 8000, 1, now_);
    rig_.drain();
  }
  void tick_without_frame(int ms) {
    now_ += std::chrono::milliseconds{ms};
    rig_.uplink->tick(now_, test::frames({}));
    rig_.drain();
  }

  Rig rig_{kMono8k, 8000, std::size_t{1} << 24U, true};
  Uplink::Time now_ = Uplink::Time{} + std::chrono::hours{1};
};

TEST_F(LiveUplink, ATickWithoutAFrameBecomesSilenceAndIsCounted) {
  tick(20, 1);
  for (int i = 0; i < 50; ++i) tick_without_frame(20);
  tick(20, 2);
  EXPECT_EQ(rig_.audio.size(), 52U * 160);
  EXPECT_EQ(std::ranges::count(rig_.audio, 0), 50 * 160);
  EXPECT_EQ(rig_.audio.back(), 2);
  EXPECT_EQ(rig_.counters.samples_filled.load(), 50U * 160);
}

TEST_F(LiveUplink, TheIoThreadFillsACallWithoutTicks) {
  tick(20, 1);
  for (int i = 0; i < 20; ++i) {
    now_ += std::chrono::milliseconds{200};
    rig_.uplink->fill_absence(now_);
    rig_.drain();
  }
  EXPECT_NEAR(static_cast<double>(rig_.audio.size()), 4020 * 8, 80 * 8);
  tick(20, 2);
  EXPECT_EQ(rig_.audio.size(), 4040U * 8);
  EXPECT_EQ(rig_.audio.back(), 2);
}

TEST_F(LiveUplink, AfterAStandstillOfTheMachineNothingIsFilled) {
  tick(20, 1);
  rig_.uplink->fill_absence(now_);
  now_ += std::chrono::milliseconds{700};
  EXPECT_FALSE(rig_.uplink->fill_absence(now_))
      << "a thread that slept cannot tell whether the call did";
  for (int i = 0; i < 35; ++i) tick(0, 1);
  EXPECT_EQ(rig_.counters.samples_filled.load(), 0U);
  EXPECT_EQ(rig_.audio.size(), 36U * 160);
}

/// The queue's content with its filler, in ms from the start of the stream.
struct Queued {
  std::uint64_t words_ms = 0;   // samples that are not 0
  std::uint64_t filler_ms = 0;  // counts and samples of 0
  std::uint64_t lost_ms = 0;
};

Queued queued_in(Rig& rig) {
  Queued queued;
  std::uint64_t next = 0;
  while (const auto packet = rig.uplink->pop()) {
    const auto silent = std::ranges::count(packet->audio(), 0);
    queued.words_ms += (packet->size() - static_cast<std::size_t>(silent)) / 8;
    queued.filler_ms += (static_cast<std::uint64_t>(silent) + packet->filler) / 8;
    queued.lost_ms += (packet->position - packet->filler - next) / 8;
    next = packet->position + packet->size();
  }
  return queued;
}

// The machine was suspended for ten minutes (SIGSTOP, a suspended virtual machine).
TEST_F(LiveUplink, AfterASuspendSilenceIsBoundedAndTheRestIsOneGap) {
  for (int i = 0; i < 5; ++i) {
    now_ += std::chrono::milliseconds{20};
    rig_.tick(Samples(160, 1), 8000, 1, now_);
  }
  now_ += std::chrono::minutes{10};
  for (int i = 0; i < 60; ++i) {
    now_ += std::chrono::milliseconds{20};
    rig_.tick(Samples(160, 2), 8000, 1, now_);
  }
  rig_.tick(Samples(160, 3), 8000, 1, now_ += std::chrono::milliseconds{20});
  const Queued queued = queued_in(rig_);
  EXPECT_EQ(queued.words_ms, 66U * 20);
  EXPECT_LE(queued.filler_ms, 2000U);
  EXPECT_GE(queued.filler_ms, 1900U);
  EXPECT_NEAR(static_cast<double>(queued.lost_ms + queued.filler_ms), 600'000, 20);
  EXPECT_EQ(rig_.counters.samples_silence_left_out.load(), queued.lost_ms * 8);
  EXPECT_EQ(rig_.counters.samples_dropped.load(), 0U);
}

TEST_F(LiveUplink, SilenceNeverReplacesSpeechInTheQueue) {
  for (int i = 0; i < 80; ++i) {
    rig_.tick(Samples(160, 1), 8000, 1, now_ += std::chrono::milliseconds{20});
  }
  for (int i = 0; i < 200; ++i) {  // on hold
    rig_.uplink->fill_absence(now_ += std::chrono::milliseconds{200});
  }
  for (int i = 0; i < 10; ++i) {
    rig_.tick(Samples(160, 2), 8000, 1, now_ += std::chrono::milliseconds{20});
  }
  const Queued queued = queued_in(rig_);
  EXPECT_EQ(queued.words_ms, 90U * 20);
  EXPECT_LE(queued.filler_ms, 2000U);
  EXPECT_EQ(rig_.counters.samples_dropped.load(), 0U);
  EXPECT_EQ(rig_.counters.samples_in.load(),
            (queued.words_ms + queued.filler_ms + queued.lost_ms) * 8);
}

TEST_F(LiveUplink, TheIoThreadFillsNothingWhileTheCallTicks) {
  for (int i = 0; i < 50; ++i) {
    tick(20, 1);
    EXPECT_FALSE(rig_.uplink->fill_absence(now_ + std::chrono::milliseconds{19}));
  }
  EXPECT_EQ(rig_.counters.samples_filled.load(), 0U);
}

TEST_F(LiveUplink, APauseStopsTheFillingAndItsTimeIsNotFilledLater) {
  tick(20, 1);
  rig_.uplink->pause(true);
  for (int i = 0; i < 50; ++i) tick_without_frame(20);
  rig_.uplink->pause(false);
  tick(20, 2);
  EXPECT_EQ(rig_.audio.size(), 2U * 160);
  EXPECT_EQ(rig_.counters.samples_paused.load(), 50U * 160);
}

TEST_F(LiveUplink, OnlySilentFramesAheadOfTheCallsTimeAreLeftOut) {
  tick(20, 1);
  for (int i = 0; i < 10; ++i) tick(0, 2);
  for (int i = 0; i < 10; ++i) tick(20, -1);
  EXPECT_EQ(std::ranges::count(rig_.audio, 2), 1600);
  EXPECT_EQ(std::ranges::count(rig_.audio, 0), 0);  // the ten frames' time was filled already
}

/// Both legs in real time. The caller's packets come late or never. Heard audio is steady.
class LateUplink : public testing::Test {
 protected:
  /// 20 ms of the call with `frames` frames of the caller, or silence if there are none.
  void tick(int frames = 1, int heard = 1) {
    now_ += std::chrono::milliseconds{20};
    for (; heard > 0; --heard) rig_.uplink->hear({Samples(160, 5), 8000, 1}, now_);
    if (frames == 0) rig_.tick(Samples(160, -1), 8000, 1, now_);
    for (; frames > 0; --frames) rig_.tick(Samples(160, 3), 8000, 1, now_);
    rig_.drain();
    ++heard_;
  }
  void ticks(int count, int frames = 1) {
    for (int i = 0; i < count; ++i) tick(frames);
  }
  /// No frames for that many ticks, then all of them, a tenth faster than in real time.
  void late(int frames) {
    ticks(frames, 0);
    for (int i = 0; i < frames; ++i) {
      ticks(9);
      tick(2);
    }
    ticks(10);
  }
  /// The network stood still, so the other side's packets are late too. The switch writes silence
  /// in their place and then the packets, a little sooner or later than the caller's.
  void both_late(int frames, bool heard_first) {
    ticks(frames, 0);
    for (int i = 0; i < frames; ++i) {
      ticks(6);
      heard_first ? tick(1, 2) : tick(2, 1);
      ticks(2);
      heard_first ? tick(2, 1) : tick(1, 2);
    }
    ticks(100);
  }
  [[nodiscard]] int ms(int leg) const {
    int samples = 0;
    for (auto i = static_cast<std::size_t>(leg); i < rig_.audio.size(); i += 2)
      samples += rig_.audio[i] != 0 ? 1 : 0;
    return samples / 8;
  }
  [[nodiscard]] int streamed_ms() const { return static_cast<int>(rig_.audio.size()) / 16; }

  Rig rig_{{Mix::stereo, 8000, 20, 2000}, 8000, std::size_t{1} << 24U, true};
  Uplink::Time now_ = Uplink::Time{} + std::chrono::hours{1};
  int heard_ = 0;
};

TEST_F(LateUplink, RepeatedLatePacketsAreCompleteAndShiftTheStreamOnce) {
  for (int i = 0; i < 50; ++i) late(10);
  EXPECT_EQ(rig_.uplink->heard_left_out(), 0U);
  EXPECT_EQ(ms(0), 20 * heard_);
  EXPECT_GE(ms(1), 20 * heard_ - 20);
  EXPECT_LE(streamed_ms(), 20 * heard_ + 220);
}

TEST_F(LateUplink, LatePacketsOfBothLegsShiftTheStreamOnce) {
  for (int i = 0; i < 50; ++i) both_late(2 + i % 2, i % 3 == 0);
  EXPECT_EQ(ms(0), 20 * heard_);
  EXPECT_LE(streamed_ms(), 20 * heard_ + 80);
  // Heard audio is cut by its lag, and by no more.
  EXPECT_LE(rig_.uplink->heard_left_out(), 50U * 3 * 160);
}

TEST_F(LateUplink, FramesLateByOneFrameShiftTheStreamByOneFrame) {
  for (int i = 0; i < 50; ++i) late(1);
  EXPECT_EQ(ms(0), 20 * heard_);
  EXPECT_LE(streamed_ms(), 20 * heard_ + 40);
}

TEST_F(LateUplink, LostFramesBecomeSilenceAndTheLegsStayTogether) {
  late(10);
  ticks(8, 0);
  ticks(300);
  EXPECT_EQ(rig_.uplink->heard_left_out(), 0U);
  EXPECT_EQ(ms(0), 20 * (heard_ - 8));
  EXPECT_GE(ms(1), 20 * heard_ - 20);
  EXPECT_EQ(streamed_ms(), 20 * heard_ + 200);
}

TEST_F(LateUplink, ASilentCallerDoesNotDelayTheOtherLeg) {
  late(10);
  ticks(100, 0);
  EXPECT_EQ(rig_.uplink->heard_left_out(), 0U);
  EXPECT_GE(ms(1), 20 * heard_ - 20);
  EXPECT_EQ(streamed_ms(), 20 * heard_ + 200);
  ticks(10);
  EXPECT_EQ(streamed_ms(), 20 * heard_ + 200);
}

TEST_F(LateUplink, TheStreamIsNeverFarAheadForLong) {
  for (int i = 0; i < 20; ++i) late(40);
  EXPECT_EQ(ms(0), 20 * heard_);
  EXPECT_LE(streamed_ms(), 20 * heard_ + 500 + 800);
}

TEST_F(LiveUplink, AfterTheEndNothingIsFilled) {
  tick(20, 1);
  rig_.uplink->finish();
  now_ += std::chrono::seconds{5};
  EXPECT_FALSE(rig_.uplink->fill_absence(now_));
  tick(20, 1);
  EXPECT_EQ(rig_.audio.size(), 160U);
}

TEST(Uplink, OnlyOneThreadFillsAtATimeAndTheEndComesOnce) {
  for (int round = 0; round < 50; ++round) {
    Rig rig{kMono8k, 8000, std::size_t{1} << 24U, true};
    std::atomic<bool> over{false};
    std::thread io{[&] {
      // With this clock each check finds the call absent.
      auto now = Uplink::Time{} + std::chrono::hours{1};
      while (!over) rig.uplink->fill_absence(now += std::chrono::milliseconds{300});
    }};
    for (int i = 0; i < 200; ++i) {
      rig.tick(Samples(160, 1), 8000, 1, Uplink::Time{} + std::chrono::milliseconds{20 * i});
    }
    rig.uplink->finish();
    over = true;
    io.join();
    std::size_t short_packets = 0;
    for (const auto size : rig.drain()) short_packets += size != 160 ? 1U : 0U;
    EXPECT_LE(short_packets, 1U);
  }
}

TEST(Uplink, AnEmptyFrameChangesNothing) {
  Rig rig{kMono8k, 8000};
  EXPECT_FALSE(rig.write({}, 8000));
  EXPECT_EQ(rig.counters.samples_in.load(), 0U);
}

TEST(Uplink, WriterAndReaderCountEveryLoss) {
  Rig rig{{Mix::mono, 8000, 20, 200}, 8000};
  std::atomic<bool> written{false};
  std::uint64_t received = 0;
  std::uint64_t last = 0;
  bool in_order = true;
  std::thread reader{[&] {
    while (true) {
      const bool last_round = written.load();
      while (const auto packet = rig.uplink->pop()) {
        in_order &= received == 0 || packet->position > last;
        last = packet->position;
        received += packet->size();
      }
      rig.uplink->replenish();
      if (last_round) return;
      std::this_thread::yield();
    }
  }};
  const Samples frame(160, 1);
  for (int i = 0; i < 50'000; ++i) {
    rig.write(frame, 8000);
    if (i % 16 == 0) std::this_thread::yield();
  }
  rig.uplink->finish();
  written = true;
  reader.join();
  EXPECT_TRUE(in_order);
  EXPECT_EQ(received + rig.counters.samples_dropped.load(), 50'000U * 160);
}

}  // namespace
}  // namespace audio_stream::stream
