// What the server and the application are told of the caller's speech and of masks.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "audio/tone.hpp"
#include "stream/session_fixture.hpp"

namespace audio_stream::stream {
namespace {

class SessionCaller : public SessionTest {
 protected:
  SessionCaller() { options_.audio.outage_buffer = std::chrono::milliseconds{10'000}; }

  void be_quiet(std::uint32_t ms) { rig_->write_ms(ms, 8000, 0); }
  void say(std::uint32_t ms) {
    const test::Samples voice = audio::test::tone(300, 8000, 160, 5000);
    for (std::uint32_t said = 0; said < ms; said += 20) rig_->write(voice, 8000);
  }
  /// The texts that the server got, and "audio" for each run of audio.
  Story got() {
    session_->pump();
    settle();
    Story all;
    for (const Message& message : server().sent) {
      const std::string word = message.binary ? "audio" : message.bytes;
      if (word != "audio" || all.empty() || all.back() != word) all.push_back(word);
    }
    return all;
  }
};

TEST_F(SessionCaller, SpeechIsToldToTheServerAndTheApplication) {
  options_.caller.vad = control::Vad::on;
  connect();
  be_quiet(1000);
  say(500);
  be_quiet(1000);
  const Story all = got();
  EXPECT_EQ(std::ranges::count(all, R"({"type":"speech_started","position_ms":1000})"), 1);
  EXPECT_EQ(
      std::ranges::count(all, R"({"type":"speech_stopped","position_ms":1500,"length_ms":500})"),
      1);
  EXPECT_EQ(story(), (Story{"connect", "speech", "speech"}));
  EXPECT_EQ(body(1), R"({"status":"speech_started","message":{"position_ms":1000}})");
  EXPECT_EQ(body(2),
            R"({"status":"speech_stopped","message":{"position_ms":1500,"length_ms":500}})");
}

TEST_F(SessionCaller, BargeInBySpeechAloneTellsNothing) {
  options_.playback.barge_in = control::BargeIn::speech;
  connect();
  be_quiet(1000);
  say(500);
  EXPECT_EQ(got(), (Story{"audio"}));
  EXPECT_EQ(story(), (Story{"connect"}));
}

TEST_F(SessionCaller, PartsAreToldBeforeTheirAudioAndAreNoGaps) {
  options_.caller.vad = control::Vad::gate;
  options_.texts.gaps = true;
  connect();
  be_quiet(1000);
  say(500);
  be_quiet(1000);
  EXPECT_EQ(got(), (Story{R"({"type":"speech_started","position_ms":1000})",
                          R"({"type":"speech_stopped","position_ms":1500,"length_ms":500})",
                          R"({"type":"part","position_ms":680})", "audio"}));
  say(500);
  const Story all = got();
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[4], R"({"type":"speech_started","position_ms":2500})");
  EXPECT_EQ(all[5], R"({"type":"part","position_ms":2180})");
  session_->stop("");
  ASSERT_TRUE(run_until_ended());
  const Json stats = Json::parse(recorder_.events().back().body)["stats"];
  for (const auto& [why, ms] : stats["dropped_ms"].items()) EXPECT_EQ(ms, 0) << why;
  EXPECT_EQ(stats["unspoken_ms"], 680 + 280);
  EXPECT_EQ(stats["sent_ms"].get<int>() + stats["unspoken_ms"].get<int>(), 3000);
  EXPECT_EQ(std::ranges::count(story(), "gap"), 0);
}

TEST_F(SessionCaller, APartThatIsSentAgainIsToldAgain) {
  options_.caller.vad = control::Vad::gate;
  connect();
  server().tcp_answers = false;
  be_quiet(1000);
  say(500);
  got();
  server().closed(1006, false);
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  server().serve();
  const Story all = got();
  EXPECT_EQ(std::ranges::count(all, R"({"type":"part","position_ms":680})"), 1);
  EXPECT_EQ(std::ranges::count(story(), "gap"), 0);
}

TEST_F(SessionCaller, AMaskIsToldWithItsPositionAndLength) {
  options_.caller.mask = audio::MaskKind::silence;
  connect();
  be_quiet(100);
  rig_->uplink->mask(audio::MaskKind::off);
  be_quiet(20);
  const Story all = got();
  EXPECT_EQ(std::ranges::count(all, R"({"type":"masked","position_ms":0})"), 1);
  EXPECT_EQ(std::ranges::count(all, R"({"type":"unmasked","position_ms":120,"length_ms":120})"), 1);
  EXPECT_EQ(story(), (Story{"connect", "mask", "mask"}));
  EXPECT_EQ(body(2), R"({"status":"unmasked","message":{"position_ms":120,"length_ms":120}})");
}

TEST_F(SessionCaller, SecretKeysAreNotTold) {
  options_.texts.dtmf = true;
  connect();
  session_->press({'4', 100, true});
  session_->press({'5', 100});
  EXPECT_EQ(got(), (Story{R"({"type":"dtmf","digit":"5","duration_ms":100})"}));
}

}  // namespace
}  // namespace audio_stream::stream
