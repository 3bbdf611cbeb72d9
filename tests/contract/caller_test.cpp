// What the server gets and is told of a caller who is masked, and of one who speaks.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract_test.hpp"
#include "levels.hpp"

namespace contract {
namespace {

using nlohmann::json;

class Caller : public ContractTest {
 protected:
  int start(const Speech& speech, const std::string& options, const std::string& mix = "mono") {
    call_.emplace(CallShape{.caller = speech});
    EXPECT_EQ(call().api("start " + options + " " + server().url("/") + " " + mix + " 8k"), kOk);
    return server().wait_open().connection;
  }
  void make_call() { call_.emplace(CallShape{}); }
  json told(int connection) { return json::parse(server().wait_text(connection)); }
  /// The caller's audio, of all samples since the stream's begin until `end_ms`.
  test::Samples& audio_until(int connection, std::uint64_t end_ms) {
    const std::size_t wanted = end_ms * 8;
    if (audio_.size() < wanted) {
      const auto more = test::to_samples(
          server().wait_binary_bytes(connection, (wanted - audio_.size()) * sizeof(std::int16_t)));
      audio_.insert(audio_.end(), more.begin(), more.end());
    }
    return audio_;
  }
  void say(int connection, std::size_t seconds) {
    const std::vector<std::uint8_t> quiet(seconds * kSecond * sizeof(std::int16_t), 1);
    server().send_binary(connection, {quiet.data(), quiet.size()});
  }
  json stop() {
    EXPECT_EQ(call().api("stop"), kOk);
    return events.wait_for_final().json()["stats"];
  }
  static test::Samples part(const test::Samples& all, std::uint64_t from_ms, std::uint64_t to_ms) {
    return {all.begin() + static_cast<std::ptrdiff_t>(from_ms * 8),
            all.begin() + static_cast<std::ptrdiff_t>(to_ms * 8)};
  }

  // Ends before the check for leaks.
  void TearDown() override {
    call_.reset();
    server_.reset();
    ContractTest::TearDown();
  }

  Call& call() { return *call_; }
  test::WebSocketServer& server() { return *server_; }

 private:
  std::optional<test::WebSocketServer> server_{std::in_place};
  std::optional<Call> call_;
  test::Samples audio_;
};

TEST_F(Caller, WhoIsMaskedIsNotHeard) {
  const int connection = start(Speech::tone(kCallerHz), "");
  EXPECT_GT(test::level_at(kCallerHz, part(audio_until(connection, 1000), 500, 1000), kSecond),
            kHeard);
  ASSERT_EQ(call().api("mask on"), kOk);
  const json masked = told(connection);
  EXPECT_EQ(masked["type"], "masked");
  const std::uint64_t from = masked["position_ms"];
  audio_until(connection, from + 600);
  ASSERT_EQ(call().api("mask off"), kOk);
  const json unmasked = told(connection);
  EXPECT_EQ(unmasked["type"], "unmasked");
  const std::uint64_t to = unmasked["position_ms"];
  EXPECT_EQ(unmasked["length_ms"], to - from);
  const auto& all = audio_until(connection, to + 1000);
  EXPECT_EQ(std::ranges::count(part(all, from, to), 0),
            static_cast<std::ptrdiff_t>((to - from) * 8))
      << "digital silence";
  EXPECT_GT(test::level_at(kCallerHz, part(all, to + 500, to + 1000), kSecond), kHeard);
  EXPECT_EQ(events.wait_for("mask").json(),
            (json{{"status", "masked"}, {"message", {{"position_ms", from}}}}));
  EXPECT_EQ(events.wait_for("mask").json()["message"]["length_ms"], to - from);
  EXPECT_EQ(stop()["dropped_ms"]["overflow"], 0);
}

TEST_F(Caller, IsMaskedFromTheFirstSampleOn) {
  const int connection = start(Speech::tone(kCallerHz), "mask=tone");
  EXPECT_EQ(told(connection), (json{{"type", "masked"}, {"position_ms", 0}}));
  const auto heard = part(audio_until(connection, 1500), 500, 1500);
  EXPECT_LT(test::level_at(kCallerHz, heard, kSecond), kSilent);
  EXPECT_GT(test::level_at(425, heard, kSecond), -30) << "the mask's tone";
  stop();
}

TEST_F(Caller, MasksRefuseOtherWords) {
  start(Speech::silence(), "");
  for (const char* wrong : {"mask maybe", "mask on loud", "mask off tone", "mask on tone now"}) {
    EXPECT_EQ(call().api(wrong).substr(0, 4), "-ERR") << wrong;
  }
  EXPECT_EQ(call().api("mask").substr(0, 7), "-USAGE:");
  EXPECT_EQ(call().api("mask name=other on").substr(0, 4), "-ERR");
  stop();
}

TEST_F(Caller, WhoSpeaksIsTold) {
  const int connection = start(Speech::words(kCallerHz), "vad=on");
  json began = told(connection);
  for (int word = 0; word < 3; ++word) {
    ASSERT_EQ(began["type"], "speech_started");
    const json ended = told(connection);
    ASSERT_EQ(ended["type"], "speech_stopped");
    const std::uint64_t length = ended["length_ms"];
    EXPECT_EQ(ended["position_ms"], began["position_ms"].get<std::uint64_t>() + length);
    // A frame that the call did not yield is missing, or silence.
    EXPECT_GT(length, Speech::kWordMs / 2);
    EXPECT_LT(length, Speech::kWordMs * 3 / 2);
    const json next = told(connection);
    EXPECT_GT(next["position_ms"], ended["position_ms"]);
    began = next;
  }
  EXPECT_EQ(events.wait_for("speech").json()["status"], "speech_started");
  EXPECT_EQ(events.wait_for("speech").json()["status"], "speech_stopped");
  stop();
}

// A line with noise: the frames that the switch loses when a bug is added, or during a hold, are
// not its noise.
TEST_F(Caller, DoesNotInterruptByASteadySound) {
  const int connection = start(Speech::tone(kCallerHz), "playback=on barge-in=speech");
  say(connection, 3);
  server().send_text(connection, R"({"type":"mark","name":"end"})");
  EXPECT_EQ(call().api("start name=other " + server().url("/") + " mono 8k"), kOk);
  server().wait_open();
  call().hold(true);
  call().hold(false);
  const json text = told(connection);
  EXPECT_EQ(text["type"], "mark");
  EXPECT_EQ(text["result"], "played");
  EXPECT_EQ(call().api("stop name=other"), kOk);
  events.wait_for_final("other");
  stop();
}

TEST_F(Caller, InterruptsBySpeech) {
  const int connection = start(Speech::words(kCallerHz), "playback=on barge-in=speech");
  say(connection, 60);
  const json text = told(connection);
  EXPECT_EQ(text["type"], "cleared");
  EXPECT_EQ(text["reason"], "speech");
  stop();
}

TEST_F(Caller, WhoIsSilentCostsNothingBehindAGate) {
  const int connection = start(Speech::words(kCallerHz), "vad=gate hello=on");
  const json hello = told(connection);
  EXPECT_EQ(hello["vad"], "gate");
  std::vector<std::uint64_t> parts;
  while (parts.size() < 3) {
    const json text = told(connection);
    if (text["type"] == "part") parts.push_back(text["position_ms"]);
  }
  EXPECT_TRUE(std::ranges::is_sorted(parts));
  const json stats = stop();
  for (const char* why : {"overflow", "undelivered", "unacknowledged", "silence"}) {
    EXPECT_EQ(stats["dropped_ms"][why], 0) << why;
  }
  EXPECT_GT(stats["unspoken_ms"], 0);
  EXPECT_GT(stats["sent_ms"], 0);
  const auto all = events.all();
  EXPECT_TRUE(std::ranges::none_of(all, [](const SeenEvent& e) { return e.name == "gap"; }));
}

TEST_F(Caller, BehindAGateNeedsMono) {
  make_call();
  const std::string reply = call().api("start vad=gate " + server().url("/") + " stereo 8k");
  EXPECT_EQ(reply.substr(0, 4), "-ERR");
  EXPECT_NE(reply.find("mono"), std::string::npos) << reply;
}

}  // namespace
}  // namespace contract
