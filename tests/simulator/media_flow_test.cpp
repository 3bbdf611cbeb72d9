// How audio flows through a call: clock, hold, comfort noise, codecs.
#include "fixture.hpp"

namespace simulator::testing {
namespace {

CallOptions clocked_by_hand() {
  CallOptions options;
  options.manual_clock = true;
  return options;
}

class MediaFlow : public CoreTest {};

TEST_F(MediaFlow, TicksInRealTimeWithoutDrift) {
  Call call;
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(call.wait_for_packets(25, kPatience));
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, 450ms);
}

TEST_F(MediaFlow, RunsFasterWhenAskedTo) {
  CallOptions options;
  options.speed = 20;
  Call call(options);
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(call.wait_for_packets(100, kPatience));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1900ms) << "2 s of audio";
}

TEST_F(MediaFlow, OneThreadDrivesManyCalls) {
  MediaThread thread;
  CallOptions options;
  options.media_thread = &thread;
  options.read = AudioSource::tone(440);
  options.write = AudioSource::silence();
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(std::make_unique<Call>(options));
  std::vector<Probe> probes(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) probes[i].add(calls[i]->session(), kBoth);
  const auto first = [&](std::size_t i) { return probes[i].thread_of(SWITCH_ABC_TYPE_READ); };
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ASSERT_TRUE(calls[i]->wait_for_packets(5, kPatience));
    ASSERT_TRUE(probes[i].wait_for(SWITCH_ABC_TYPE_WRITE, 5));
    EXPECT_EQ(first(i), first(0));
    EXPECT_EQ(probes[i].thread_of(SWITCH_ABC_TYPE_WRITE), first(0));
  }
  std::thread::id runs_tasks;
  EXPECT_TRUE(calls[3]->run_on_session_thread([&] { runs_tasks = std::this_thread::get_id(); }));
  EXPECT_EQ(runs_tasks, first(0));
  calls[0]->hangup();
  EXPECT_TRUE(calls[0]->is_over());
  EXPECT_TRUE(calls[1]->wait_for_packets(5, kPatience)) << "the others go on";
  EXPECT_GT(thread.take_worst_lag(), 0ns);
}

TEST_F(MediaFlow, SharesAThreadOnlyWithoutAClockOfItsOwn) {
  MediaThread thread;
  CallOptions options = clocked_by_hand();
  options.media_thread = &thread;
  EXPECT_THROW(Call{options}, std::invalid_argument);
}

TEST_F(MediaFlow, HearsNothingOnHold) {
  CallOptions options = clocked_by_hand();
  options.read = AudioSource::samples(counting(480), 8000);
  options.write = AudioSource::silence();
  Call call(options);
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_READ_PING);
  call.tick();
  call.hold(true);
  call.tick(5);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 1);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_WRITE), 1);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ_PING), 1);
  call.hold(false);
  read_bug(probe.bug, false);
  call.tick();
  EXPECT_EQ(read_bug(probe.bug, false)->pcm[0], 161) << "the caller lost nothing";
}

TEST_F(MediaFlow, GivesComfortNoiseAsMinusOne) {
  CallOptions options = clocked_by_hand();
  options.read = AudioSource::comfort_noise();
  options.write = AudioSource::comfort_noise();
  Call call(options);
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_READ_PING);
  call.tick();
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 1);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ_PING), 1);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_WRITE), 0) << "it is not written on";
  const auto read = read_bug(probe.bug, false);
  EXPECT_EQ(read->pcm, std::vector<std::int16_t>(160, -2)) << "-1 from either side";
}

TEST_F(MediaFlow, WritesNothingToAParkedCall) {
  Call call(clocked_by_hand());
  Probe probe;
  probe.add(call.session(), kBoth);
  call.tick(3);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 3);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_WRITE), 0);
  call.set_write_source(AudioSource::silence());
  EXPECT_TRUE(switch_channel_test_flag(call.channel(), CF_BRIDGED));
  EXPECT_FALSE(read_bug(probe.bug, false)) << "bridging flushes the bugs";
  call.tick(2);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_WRITE), 2);
}

TEST_F(MediaFlow, OnlyPingsForProxiedMedia) {
  CallOptions options = clocked_by_hand();
  options.media = Media::proxy;
  options.write = AudioSource::silence();
  Call call(options);
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_READ_PING);
  call.tick(2);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 0);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_WRITE), 0);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ_PING), 2);
}

TEST_F(MediaFlow, HasNeitherCodecNorAudioInBypass) {
  CallOptions options = clocked_by_hand();
  options.media = Media::bypass;
  Call call(options);
  switch_codec_implementation_t codec{};
  EXPECT_NE(switch_core_session_get_read_impl(call.session(), &codec), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(codec.actual_samples_per_second, 0U);
  EXPECT_EQ(codec.number_of_channels, 1);
  EXPECT_EQ(switch_core_session_get_read_codec(call.session()), nullptr);
  EXPECT_FALSE(switch_channel_media_ready(call.channel()));
  EXPECT_TRUE(switch_channel_ready(call.channel()));
  call.tick(2);
  EXPECT_EQ(call.packets_read(), 0U);
}

TEST_F(MediaFlow, ChangesCodecMidCall) {
  CallOptions options = clocked_by_hand();
  options.read = AudioSource::tone(440);
  Call call(options);
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM);
  call.tick();
  EXPECT_EQ(read_bug(probe.bug, true)->rate, 8000U);
  call.set_codec(48000, 20, 2);
  call.tick();
  const auto read = read_bug(probe.bug, true);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rate, 48000U);
  EXPECT_EQ(read->channels, 2U);
  EXPECT_EQ(read->datalen, 3840U);
  call.set_codec(8000, 60);
  call.tick();
  EXPECT_EQ(read_bug(probe.bug, true)->datalen, 960U);
}

TEST_F(MediaFlow, LiesAboutTheRateWhenAReadCodecIsPushed) {
  CallOptions options = clocked_by_hand();
  options.read = AudioSource::samples(counting(16000), 8000);
  Call call(options);
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM);
  call.push_read_codec(16000);
  switch_codec_implementation_t claimed{};
  switch_codec_implementation_t real{};
  switch_core_session_get_read_impl(call.session(), &claimed);
  switch_core_session_get_real_read_impl(call.session(), &real);
  EXPECT_EQ(claimed.actual_samples_per_second, 16000U);
  EXPECT_EQ(real.actual_samples_per_second, 8000U);
  int frames = 0;
  for (int i = 0; i < 100; ++i) {
    call.tick();
    if (const auto read = read_bug(probe.bug, true)) {
      EXPECT_EQ(read->rate, 16000U);
      EXPECT_EQ(read->datalen, 640U);
      ++frames;
    }
  }
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 100);
  EXPECT_EQ(frames, 50) << "two packets of true audio fill one of the claimed rate";
  call.pop_read_codec();
  call.tick();
  EXPECT_EQ(read_bug(probe.bug, true)->rate, 8000U);
}

TEST_F(MediaFlow, TellsG722sTwoRates) {
  CallOptions options = clocked_by_hand();
  options.codec = "G722";
  options.rate = 16000;
  Call call(options);
  switch_codec_implementation_t codec{};
  switch_core_session_get_read_impl(call.session(), &codec);
  EXPECT_STREQ(codec.iananame, "G722");
  EXPECT_EQ(codec.samples_per_second, 8000U);
  EXPECT_EQ(codec.actual_samples_per_second, 16000U);
  EXPECT_EQ(codec.decoded_bytes_per_packet, 640U);
}

TEST_F(MediaFlow, RefusesWhatTheSwitchCannotHave) {
  for (const auto& [rate, ptime, channels] :
       std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint8_t>>{
           {7000, 20, 1}, {8000, 15, 1}, {8000, 130, 1}, {8000, 20, 3}, {48000, 120, 1}}) {
    CallOptions options = clocked_by_hand();
    options.rate = rate;
    options.ptime_ms = ptime;
    options.channels = channels;
    EXPECT_THROW(Call{options}, std::invalid_argument) << rate << " " << ptime;
  }
}

TEST_F(MediaFlow, TellsWhenTheCallersAudioEnded) {
  CallOptions options;
  options.speed = 10;
  options.read = AudioSource::samples(counting(400), 8000);
  Call call(options);
  EXPECT_TRUE(call.wait_for_read_end(kPatience));
  EXPECT_GE(call.packets_read(), 3U);
  EXPECT_FALSE(call.is_over());
}

}  // namespace
}  // namespace simulator::testing
