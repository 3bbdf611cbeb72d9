// The server receives the call's audio, for every mix, rate and kind of call.
#include <cmath>

#include "contract_test.hpp"
#include "levels.hpp"

namespace contract {
namespace {

constexpr double kCalleeHz = 1000;

struct Shape {
  const char* mix;
  const char* rate;
  std::uint32_t rate_hz;
};

void PrintTo(const Shape& c, std::ostream* out) {
  *out << c.mix << " " << c.rate;
}

class Audio : public ContractTest, public ::testing::WithParamInterface<Shape> {
 protected:
  /// Half a second of audio of a call with both tones, after the first tenth, which may be cut.
  test::Samples listen(const Call& call, test::WebSocketServer& server) {
    const Shape& c = GetParam();
    EXPECT_EQ(call.api("start " + server.url("/") + " " + c.mix + " " + c.rate), kOk);
    const auto opened = server.wait_open();
    const std::size_t tenth = std::size_t{c.rate_hz} / 10 * 2 * channels();
    auto bytes = server.wait_binary_bytes(opened.connection, tenth * 6);
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
    bytes.resize(tenth * 6);
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(tenth));
    return test::to_samples(bytes);
  }

  static std::size_t channels() { return std::string{GetParam().mix} == "stereo" ? 2 : 1; }
};

TEST_P(Audio, TonesOfBothLegsReachTheirChannels) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(kCallerHz), .callee = Speech::tone(kCalleeHz)}};
  const auto samples = listen(call, server);
  const std::string mix = GetParam().mix;
  const auto level = [&](const test::Samples& channel, double hz) {
    return test::level_at(hz, channel, GetParam().rate_hz);
  };
  if (mix == "stereo") {
    const auto left = test::channel(samples, 2, 0);
    const auto right = test::channel(samples, 2, 1);
    EXPECT_GT(level(left, kCallerHz), kHeard);
    EXPECT_LT(level(left, kCalleeHz), kSilent);
    EXPECT_GT(level(right, kCalleeHz), kHeard);
    EXPECT_LT(level(right, kCallerHz), kSilent);
  } else {
    EXPECT_GT(level(samples, kCallerHz), kHeard);
    if (mix == "mixed") {
      EXPECT_GT(level(samples, kCalleeHz), kHeard);
    } else {
      EXPECT_LT(level(samples, kCalleeHz), kSilent);
    }
  }
}

TEST_P(Audio, AMissingLegIsDigitalSilence) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(kCallerHz)}};
  const auto samples = listen(call, server);
  if (channels() == 2) {
    EXPECT_GT(test::level_at(kCallerHz, test::channel(samples, 2, 0), GetParam().rate_hz), kHeard);
    for (const auto sample : test::channel(samples, 2, 1)) ASSERT_EQ(sample, 0);
  } else {
    EXPECT_GT(test::level_at(kCallerHz, samples, GetParam().rate_hz), kHeard);
  }
}

INSTANTIATE_TEST_SUITE_P(MixesAndRates, Audio,
                         ::testing::Values(Shape{"mono", "8k", 8000}, Shape{"mixed", "8k", 8000},
                                           Shape{"stereo", "8k", 8000}, Shape{"mono", "16k", 16000},
                                           Shape{"mixed", "16000", 16000},
                                           Shape{"stereo", "24k", 24000},
                                           Shape{"mono", "11025", 11025},
                                           Shape{"mono", "44100", 44100},
                                           Shape{"mixed", "48k", 48000}));

class Packets : public ContractTest, public ::testing::WithParamInterface<std::uint32_t> {};

TEST_P(Packets, HoldExactlyTheirMilliseconds) {
  const std::uint32_t ms = GetParam();
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(kCallerHz),
                   .variables = {{"STREAM_BUFFER_SIZE", std::to_string(ms)}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 16k"), kOk);
  const auto opened = server.wait_open();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(server.wait_binary(opened.connection).size(), std::size_t{ms} * 16 * 2);
  }
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

INSTANTIATE_TEST_SUITE_P(Sizes, Packets, ::testing::Values(20, 40, 60, 100, 200, 500));

using Clock = ContractTest;

TEST_F(Clock, AudioKeepsPaceWithTheCall) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(kCallerHz)}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary(opened.connection);
  const auto begun = std::chrono::steady_clock::now();
  const auto bytes = server.wait_binary_bytes(opened.connection, 2 * 16000);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  EXPECT_NEAR(took.count(), static_cast<double>(bytes.size()) / 16000, 0.25);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Clock, SpeechBeforeTheConnectionIsNotLost) {
  test::WebSocketServer server;
  const std::string url = server.url("/");
  server.stop_listening();
  const Call call{{.caller = Speech::tone(kCallerHz)}};
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(call.api("start " + url + " mono 8k"), kOk);
  events.wait_for("error");
  events.wait_for("error");
  server.listen_again();
  const auto opened = server.wait_open();
  // All speech since `start`, including the outage, has arrived once as much time has passed.
  const auto bytes = server.wait_binary_bytes(opened.connection, 16000);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  EXPECT_LT(took.count(), static_cast<double>(bytes.size()) / 16000 + 0.25);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Clock, AudioBeyondTheOutageBufferIsDroppedAndReported) {
  LogRecorder log;
  test::WebSocketServer server;
  const std::string url = server.url("/");
  server.stop_listening();
  const Call call{{.caller = Speech::tone(kCallerHz)}};
  EXPECT_EQ(call.api("start " + url + " mono 8k"), kOk);
  EXPECT_TRUE(log.wait_for("ms of audio dropped, the oldest first: more than 5000 ms",
                           std::chrono::seconds{10}));
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Clock, AnOutageIsReplayedAndLossesAreReported) {
  test::WebSocketServer server;
  const std::string url = server.url("/");
  server.stop_listening();
  const Call call{{.caller = Speech::tone(kCallerHz),
                   .variables = {{"STREAM_OUTAGE_BUFFER", "300"}, {"STREAM_GAP_TEXT", "true"}}}};
  LogRecorder log;
  EXPECT_EQ(call.api("start " + url + " mono 8k"), kOk);
  EXPECT_TRUE(log.wait_for("ms of audio dropped"));
  server.listen_again();
  const auto opened = server.wait_open();
  const auto gap = events.wait_for("gap").json()["message"];
  EXPECT_EQ(gap["position_ms"], 0);
  const auto length = gap["length_ms"].get<int>();
  EXPECT_GT(length, 0);
  EXPECT_EQ(nlohmann::json::parse(server.wait_text(opened.connection)),
            (nlohmann::json{{"type", "gap"}, {"position_ms", 0}, {"length_ms", length}}));
  server.wait_binary_bytes(opened.connection, 16000);
  EXPECT_EQ(call.api("stop"), kOk);
  const auto stats = events.wait_for_final().json()["stats"];
  // A machine that stands still makes more gaps. Each is reported.
  int told = 0;
  for (const auto& event : events.all()) {
    if (event.name == "gap") told += event.json()["message"]["length_ms"].get<int>();
  }
  EXPECT_EQ(stats["dropped_ms"]["overflow"], told);
}

TEST_F(Clock, AStopDeliversTheLastWordsBeforeTheFinalText) {
  test::WebSocketServer server;
  const Call call{
      {.caller = Speech::tone(kCallerHz), .variables = {{"STREAM_BUFFER_SIZE", "1000"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary(opened.connection);
  EXPECT_EQ(call.api("stop the end"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), "the end");
  events.wait_for_final();
  // The partial last packet came before the text.
  std::vector<std::string> order;
  for (const auto& event : server.seen()) {
    if (event["event"] == "text" || event["event"] == "binary") order.push_back(event["event"]);
  }
  ASSERT_FALSE(order.empty());
  EXPECT_EQ(order.back(), "text");
}

}  // namespace
}  // namespace contract
