// switch_core_media_bug_read: what it gives, and when.
#include "fixture.hpp"

namespace simulator::testing {
namespace {

constexpr std::int16_t kPad = -1;

CallOptions manual(AudioSource read, AudioSource write = AudioSource::none()) {
  CallOptions options;
  options.manual_clock = true;
  options.read = std::move(read);
  options.write = std::move(write);
  return options;
}

AudioSource level(std::int16_t value) {
  return AudioSource::samples(std::vector<std::int16_t>(160, value), 8000).repeated();
}

std::size_t backlog(switch_media_bug_t* bug, bool write) {
  switch_size_t read_bytes = 0;
  switch_size_t write_bytes = 0;
  switch_core_media_bug_inuse(bug, &read_bytes, &write_bytes);
  return write ? write_bytes : read_bytes;
}

class BugRead : public CoreTest {};

TEST_F(BugRead, GivesOnePacketSampleForSample) {
  Call call(manual(AudioSource::samples(counting(320), 8000)));
  Probe probe;
  ASSERT_EQ(probe.add(call.session(), SMBF_READ_STREAM), SWITCH_STATUS_SUCCESS);
  call.tick(2);
  auto first = read_bug(probe.bug, true);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->datalen, 320U);
  EXPECT_EQ(first->samples, 160U);
  EXPECT_EQ(first->rate, 8000U);
  EXPECT_EQ(first->channels, 1U);
  EXPECT_EQ(first->pcm, counting(160));
  EXPECT_EQ(read_bug(probe.bug, true)->pcm, counting(160, 161));
  EXPECT_FALSE(read_bug(probe.bug, true));
}

TEST_F(BugRead, WithFillTrueWaitsForBothSides) {
  Call call(manual(level(7)));
  Probe probe;
  probe.add(call.session(), kBoth);
  call.tick();
  EXPECT_FALSE(read_bug(probe.bug, true));
  EXPECT_EQ(backlog(probe.bug, false), 320U) << "a failed read takes nothing";
}

TEST_F(BugRead, WithFillFalsePadsTheMissingSideWithMinusOne) {
  Call call(manual(level(7)));
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_STEREO);
  call.tick();
  const auto read = read_bug(probe.bug, false);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->datalen, 640U);
  EXPECT_EQ(read->samples, 160U) << "per channel";
  EXPECT_EQ(read->channels, 2U);
  EXPECT_EQ(read->pcm[0], 7);
  EXPECT_EQ(read->pcm[1], kPad);
}

TEST_F(BugRead, NeverPadsBothSides) {
  Call call(manual(level(7)));
  Probe probe;
  probe.add(call.session(), kBoth);
  EXPECT_FALSE(read_bug(probe.bug, false));
}

TEST_F(BugRead, PutsWhatTheCallerSaysLeft) {
  Call call(manual(level(100), level(200)));
  Probe probe;
  Probe swapped;
  probe.add(call.session(), kBoth | SMBF_STEREO);
  swapped.add(call.session(), kBoth | SMBF_STEREO | SMBF_STEREO_SWAP);
  call.tick();
  const auto read = read_bug(probe.bug, true);
  EXPECT_EQ(read->pcm[0], 100);
  EXPECT_EQ(read->pcm[1], 200);
  EXPECT_EQ(read_bug(swapped.bug, true)->pcm[0], 200);
}

TEST_F(BugRead, SumsBothSides) {
  Call call(manual(level(100), level(-300)));
  Probe probe;
  probe.add(call.session(), kBoth);
  call.tick();
  const auto read = read_bug(probe.bug, true);
  EXPECT_EQ(read->datalen, 320U);
  EXPECT_EQ(read->pcm[0], -200);
}

TEST_F(BugRead, ClipsASumThatIsTooLoud) {
  Call call(manual(level(30000), level(30000)));
  Probe probe;
  probe.add(call.session(), kBoth);
  call.tick();
  EXPECT_EQ(read_bug(probe.bug, true)->pcm[0], 32767);
}

TEST_F(BugRead, RefusesABufferSmallerThanTheMonoPacket) {
  Call call(manual(level(1)));
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM);
  call.tick();
  EXPECT_FALSE(read_bug(probe.bug, true, 318));
  EXPECT_TRUE(read_bug(probe.bug, true, 320));
}

using BugReadDeathTest = BugRead;
TEST_F(BugReadDeathTest, AbortsWhereTheRealCoreWritesPastAStereoBuffer) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Call call(manual(level(1), level(1)));
        Probe probe;
        probe.add(call.session(), kBoth | SMBF_STEREO);
        call.tick();
        read_bug(probe.bug, true, 320);
      },
      "checks the mono size only");
}

TEST_F(BugRead, TossesOnePacketWhenTheWriteSideIsAhead) {
  Call call(manual(AudioSource::none(), AudioSource::samples(counting(800), 8000)));
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_STEREO);
  call.tick();
  ASSERT_TRUE(read_bug(probe.bug, false)) << "only a bug that was read before tosses";
  call.tick(3);
  EXPECT_EQ(backlog(probe.bug, true), 960U);
  const auto read = read_bug(probe.bug, false);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pcm[1], 321) << "samples 161 to 320 are gone";
  EXPECT_EQ(backlog(probe.bug, true), 320U);
}

TEST_F(BugRead, NeverTossesTheReadSide) {
  Call call(manual(AudioSource::samples(counting(1600), 8000)));
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_STEREO);
  call.tick();
  read_bug(probe.bug, false);
  call.tick(9);
  EXPECT_EQ(read_bug(probe.bug, false)->pcm[0], 161);
}

TEST_F(BugRead, DropsWhatExceedsHalfAMegabyte) {
  Call call(manual(level(1)));
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM);
  call.tick(1700);
  EXPECT_EQ(backlog(probe.bug, false), 1638U * 320U) << "whole packets only";
}

TEST_F(BugRead, FlushesBothSides) {
  Call call(manual(level(1), level(1)));
  Probe probe;
  probe.add(call.session(), kBoth);
  call.tick(3);
  switch_core_media_bug_flush(probe.bug);
  EXPECT_EQ(backlog(probe.bug, false) + backlog(probe.bug, true), 0U);
}

TEST_F(BugRead, HoldsBackUntilThePreBufferIsFull) {
  Call call(manual(level(1)));
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM);
  switch_core_media_bug_set_pre_buffer_framecount(probe.bug, 2);
  call.tick(4);
  EXPECT_TRUE(read_bug(probe.bug, true)) << "the first read only learns the packet's size";
  EXPECT_FALSE(read_bug(probe.bug, true));
  EXPECT_FALSE(read_bug(probe.bug, true));
  EXPECT_TRUE(read_bug(probe.bug, true));
}

TEST_F(BugRead, GivesTwoChannelCodecsInterleavedOnce) {
  CallOptions options = manual(AudioSource::samples(counting(640), 8000, 2));
  options.channels = 2;
  Call call(options);
  Probe plain;
  plain.add(call.session(), SMBF_READ_STREAM);
  call.tick();
  const auto read = read_bug(plain.bug, true);
  EXPECT_EQ(read->datalen, 640U);
  EXPECT_EQ(read->samples, 160U);
  EXPECT_EQ(read->channels, 2U);
  EXPECT_EQ(read->pcm, counting(320));
}

TEST_F(BugRead, InterleavesTwoChannelCodecsTwiceWithStereo) {
  CallOptions options = manual(AudioSource::samples(counting(640), 8000, 2));
  options.channels = 2;
  options.write = AudioSource::samples(counting(640, 1001), 8000, 2);
  Call call(options);
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_STEREO);
  call.tick();
  const auto read = read_bug(probe.bug, true);
  EXPECT_EQ(read->datalen, 1280U);
  EXPECT_EQ(read->samples, 160U);
  EXPECT_EQ(read->channels, 2U) << "although there are four values for each instant";
  EXPECT_EQ((std::vector<std::int16_t>(read->pcm.begin(), read->pcm.begin() + 4)),
            (std::vector<std::int16_t>{1, 1001, 2, 1002}));
}

}  // namespace
}  // namespace simulator::testing
