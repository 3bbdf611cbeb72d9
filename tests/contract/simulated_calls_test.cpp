// Calls that only the simulator can make: other ptimes and codecs, comfort noise, a codec change in
// mid-call.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "call_time.hpp"
#include "contract_test.hpp"
#include "levels.hpp"
#include "simulator/call.hpp"
#include "simulator/core.hpp"
#include "support/sanitizers.hpp"
#include "support/wait.hpp"

namespace contract {
namespace {

using simulator::AudioSource;

class SimulatedCall : public ContractTest {
 protected:
  static std::string start(const simulator::Call& call, const test::Server& server,
                           const std::string& rest) {
    return api(call.uuid() + " start " + server.url("/") + " " + rest);
  }

  void stop(const simulator::Call& call) {
    EXPECT_EQ(api(call.uuid() + " stop"), kOk);
    events.wait_for_final();
  }

  /// Expects a ramp without lost, added or moved samples: each is one more than the sample before
  /// it.
  static void expect_ramp(const test::Samples& samples) {
    for (std::size_t i = 1; i < samples.size(); ++i) {
      if (samples[i] == 1 && samples[i - 1] == -1)
        continue;  // the 0 between them counts as
                   // silence
      ASSERT_EQ(static_cast<std::uint16_t>(samples[i] - samples[i - 1]), 1U) << "at sample " << i;
    }
  }

  static AudioSource ramp() {
    std::vector<std::int16_t> pcm(std::size_t{1} << 16U);
    for (std::size_t i = 0; i < pcm.size(); ++i) pcm[i] = static_cast<std::int16_t>(i);
    return AudioSource::samples(pcm, 8000).repeated();
  }
};

TEST_F(SimulatedCall, PacketsAreExactForEveryPtime) {
  test::WebSocketServer server;
  for (const std::uint32_t ptime : {10U, 20U, 30U, 40U, 60U, 120U}) {
    for (const std::uint32_t packet : {20U, 60U, 100U}) {
      const simulator::Call call{{.ptime_ms = ptime,
                                  .variables = {{"STREAM_BUFFER_SIZE", std::to_string(packet)}},
                                  .read = ramp(),
                                  .speed = 4}};
      EXPECT_EQ(start(call, server, "mono 8k"), kOk);
      const auto opened = server.wait_open();
      test::Samples all;
      for (int i = 0; i < 6; ++i) {
        const auto bytes = server.wait_binary(opened.connection);
        EXPECT_EQ(bytes.size(), std::size_t{packet} * 16) << ptime << " ms, packets of " << packet;
        const auto samples = test::to_samples(bytes);
        all.insert(all.end(), samples.begin(), samples.end());
      }
      expect_ramp(all);
      stop(call);
    }
  }
}

TEST_F(SimulatedCall, ACodecWithTwoChannelsIsMixedDownNotInterleaved) {
  test::WebSocketServer server;
  const simulator::Call call{{.rate = 16000,
                              .channels = 2,
                              .read = AudioSource::tone(kCallerHz),
                              .write = AudioSource::tone(1000)}};
  for (const char* mix : {"mono", "mixed", "stereo"}) {
    EXPECT_EQ(start(call, server, std::string{mix} + " 16k"), kOk);
    const auto opened = server.wait_open();
    auto samples = test::to_samples(server.wait_binary_bytes(opened.connection, 640 * 30));
    if (std::string{mix} == "stereo") samples = test::channel(samples, 2, 0);
    EXPECT_GT(test::level_at(kCallerHz, samples, 16000), kHeard) << mix;
    stop(call);
  }
}

TEST_F(SimulatedCall, ABridgeWithAPassThroughCodecContinuesAfterAStart) {
  const simulator::Call call{
      {.codec = "G729", .read = AudioSource::tone(kCallerHz), .write = AudioSource::tone(1000)}};
  const std::string reply = api(call.uuid() + " start ws://127.0.0.1:9/ mono");
  EXPECT_EQ(reply.find("-ERR this call can't be streamed: its codec G729"), 0U) << reply;
  EXPECT_TRUE(call.wait_for_packets(5, std::chrono::seconds{5}));
  EXPECT_FALSE(call.is_over());
}

// CHANNEL_HANGUP is fired before the call's own thread, which may be in an application, removes the
// tap.
TEST_F(SimulatedCall, AStopDuringTheHangupComesAfterTheLastAudio) {
  test::WebSocketServer server;
  simulator::Call call{
      {.variables = {{"STREAM_BUFFER_SIZE", "1000"}}, .read = AudioSource::tone(kCallerHz)}};
  EXPECT_EQ(start(call, server, "mono 8k"), kOk);
  const int connection = server.wait_open().connection;
  ASSERT_TRUE(call.wait_for_packets(10, std::chrono::seconds{5}));
  call.run_on_session_thread([&] {
    call.begin_hangup();
    EXPECT_EQ(api(call.uuid() + " stop eof"), kOk);
    EXPECT_FALSE(test::eventually([&] { return server.counters()[connection].texts > 0; },
                                  std::chrono::milliseconds{200}));
  });
  server.wait_binary(connection);
  EXPECT_EQ(server.wait_text(connection), "eof");
  const auto stats = events.wait_for_final().json()["stats"];
  EXPECT_EQ(stats["dropped_ms"]["undelivered"], 0);
  EXPECT_GE(stats["sent_ms"], 200);
}

TEST_F(SimulatedCall, ACodecChangeInMidCallKeepsPitchAndPace) {
  test::WebSocketServer server;
  simulator::Call call{{.read = AudioSource::tone(kCallerHz)}};
  EXPECT_EQ(start(call, server, "mono 16k"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary_bytes(opened.connection, 640 * 10);
  call.set_codec(16000, 30);
  server.wait_binary_bytes(opened.connection, 640 * 20);  // audio from before the change
  const auto samples = test::to_samples(server.wait_binary_bytes(opened.connection, 640 * 30));
  EXPECT_GT(test::level_at(kCallerHz, samples, 16000), kHeard);
  stop(call);
}

TEST_F(SimulatedCall, ComfortNoiseIsDigitalSilenceAndKeepsTheClock) {
  test::WebSocketServer server;
  const simulator::Call call{{.read = AudioSource::comfort_noise()}};
  EXPECT_EQ(start(call, server, "mixed 8k"), kOk);
  const auto opened = server.wait_open();
  for (const auto sample : test::to_samples(server.wait_binary_bytes(opened.connection, 3200))) {
    ASSERT_EQ(sample, 0);
  }
  stop(call);
}

TEST_F(SimulatedCall, ALegThatStartsLaterIsInTime) {
  test::WebSocketServer server;
  simulator::Call call{{.read = AudioSource::tone(kCallerHz)}};
  EXPECT_EQ(start(call, server, "stereo 8k"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary_bytes(opened.connection, 640 * 50);  // a second with one leg
  call.set_write_source(AudioSource::tone(1000));
  ASSERT_TRUE(call.wait_for_packets(5, std::chrono::seconds{5}));
  EXPECT_EQ(api(call.uuid() + " send_text now"), kOk);
  server.wait_text(opened.connection);
  // If legs waited for each other, a second of backlog would make this leg silent.
  const auto samples = test::to_samples(server.wait_binary_bytes(opened.connection, 640 * 60));
  const auto right = test::channel(samples, 2, 1);
  const std::span<const std::int16_t> recent{right.data() + right.size() - 800, 800};
  EXPECT_GT(test::level_at(1000, recent, 8000), kHeard);
  stop(call);
}

// The core's own pairing of the legs drops a third of frames of 60 ms in a call of 20 ms, and waits
// forever for the rest of a frame of 20 ms in a call of 60 ms.
TEST_F(SimulatedCall, HeardAudioIsCompleteForFramesOfAnyLength) {
  test::WebSocketServer server;
  for (const auto& [said, heard] : {std::pair{20U, 60U}, {20U, 30U}, {60U, 20U}, {40U, 10U}}) {
    const simulator::Call call{{.ptime_ms = said,
                                .write_ptime_ms = heard,
                                .read = AudioSource::silence(),
                                .write = ramp()}};
    EXPECT_EQ(start(call, server, "stereo 8k"), kOk);
    const auto opened = server.wait_open();
    // Less than the second after which lag is judged. On a busy machine a frame may be late, with
    // silence in its place, but it must arrive.
    const auto bytes = server.wait_binary_bytes(opened.connection, 640 * 45);
    auto right = test::channel(test::to_samples(bytes), 2, 1);
    std::erase(right, std::int16_t{0});
    SCOPED_TRACE(std::to_string(heard) + " ms heard, " + std::to_string(said) + " ms said");
    EXPECT_GT(right.size(), 5000U);
    expect_ramp(right);
    stop(call);
  }
}

TEST_F(SimulatedCall, AWriterThatStopsWithinAFrameDoesNotSilenceTheCaller) {
  test::WebSocketServer server;
  simulator::Call call{{.ptime_ms = 60,
                        .write_ptime_ms = 20,
                        .read = AudioSource::tone(kCallerHz),
                        .write = ramp()}};
  EXPECT_EQ(start(call, server, "mixed 8k"), kOk);
  const auto opened = server.wait_open();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(call.wait_for_packets(3, std::chrono::seconds{5}));
    call.set_write_source(AudioSource::none());
    ASSERT_TRUE(call.wait_for_packets(3, std::chrono::seconds{5}));
    call.set_write_source(ramp());
  }
  call.set_write_source(AudioSource::none());
  server.wait_binary_bytes(opened.connection, 320 * 120);
  const auto samples = test::to_samples(server.wait_binary_bytes(opened.connection, 320 * 30));
  EXPECT_GT(test::level_at(kCallerHz, samples, 8000), kHeard);
  stop(call);
}

TEST_F(CallTime, ContinuesWhileTheFarEndSendsNothing) {
  simulator::Call call{{.read = AudioSource::tone(kCallerHz), .write = AudioSource::tone(1000)}};
  begin(call.uuid(), "stereo 8k");
  pass(std::chrono::milliseconds{300});
  call.set_read_source(AudioSource::comfort_noise());
  pass(std::chrono::milliseconds{700});
  call.set_read_source(AudioSource::tone(kCallerHz));
  pass(std::chrono::milliseconds{300});
  expect_all_of_the_time(call.uuid(), 2);
}

TEST_F(SimulatedCall, TheConsoleCompletesEveryVerb) {
  const auto completions = simulator::completions();
  for (const char* words : {"start wss-url metadata", "start wss-url", "stop", "graceful-shutdown",
                            "clear", "pause", "resume", "send_text"}) {
    const std::string line = std::string{"uuid_audio_stream ::console::list_uuid "} + words;
    EXPECT_NE(std::find(completions.begin(), completions.end(), line), completions.end()) << line;
  }
  ASSERT_EQ(unload_module(), "");
  EXPECT_TRUE(simulator::completions().empty());
  ASSERT_EQ(load_module(), "");
}

TEST_F(SimulatedCall, StreamsWorkFasterThanRealTime) {
  test::WebSocketServer server;
  // A longer buffer: at this speed 5 s pass before a busy machine has connected.
  const simulator::Call call{
      {.variables = {{"STREAM_OUTAGE_BUFFER", "60000"}}, .read = ramp(), .speed = 20}};
  EXPECT_EQ(start(call, server, "mono 8k"), kOk);
  const auto opened = server.wait_open();
  expect_ramp(test::to_samples(server.wait_binary_bytes(opened.connection, 16000 * 10)));
  stop(call);
}

TEST_F(SimulatedCall, AStartRefusedAtItsLastBugLeavesNoBug) {
  const test::WebSocketServer server;
  const simulator::Call call;
  for (const bool stopped_meanwhile : {false, true}) {
    int asked = 0;
    simulator::admit_media_bugs([&] {
      if (++asked < 2) return true;
      if (stopped_meanwhile) simulator::api("uuid_audio_stream", call.uuid() + " stop");
      return false;
    });
    EXPECT_EQ(start(call, server, "stereo 8k").substr(0, 4), "-ERR");
    EXPECT_EQ(asked, 2);
    simulator::admit_media_bugs({});
    EXPECT_TRUE(test::eventually([] { return simulator::census().media_bugs == 0; }));
    // The name and the module are free again.
    EXPECT_EQ(start(call, server, "stereo 8k"), kOk);
    stop(call);
  }
}

TEST_F(SimulatedCall, AStreamHardlyDelaysTheHangup) {
  test::WebSocketServer server;
  std::vector<double> taken_us;
  for (int i = 0; i < 21; ++i) {
    simulator::Call call{{.read = AudioSource::tone(kCallerHz)}};
    EXPECT_EQ(start(call, server, "mono 16k"), kOk);
    server.wait_binary(server.wait_open().connection);
    call.hangup();
    events.wait_for_final();
    taken_us.push_back(
        std::chrono::duration<double, std::micro>{simulator::last_close_time()}.count());
  }
  std::sort(taken_us.begin(), taken_us.end());
  const double median = taken_us[taken_us.size() / 2];
  std::printf("of the thread that hangs up: median %.1f us, worst %.1f us\n", median,
              taken_us.back());
  if (!test::kSanitized) {
    EXPECT_LT(median, 100) << "us of CPU time, so other processes do not count";
  }
}

}  // namespace
}  // namespace contract
