// The server's requests, and what it and the application are told about its audio.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/base64.hpp"
#include "stream/session_playing_fixture.hpp"

namespace audio_stream::stream {
namespace {

TEST_F(SessionPlaying, AMarkIsAnsweredOnceTheAudioBeforeItWasHeard) {
  connect();
  say(audio(30));
  server().receive(R"({"type":"mark","name":"half"})");
  say(audio(30));
  server().receive(R"({"type":"mark","name":"whole"})");
  hear(20);
  EXPECT_EQ(told_server(), Story{});
  hear(20);
  EXPECT_EQ(told_server(),
            (Story{R"({"type":"mark","name":"half","result":"played","position_ms":30})"}));
  hear(20);
  EXPECT_EQ(told_server().at(1),
            R"({"type":"mark","name":"whole","result":"played","position_ms":60})");
}

TEST_F(SessionPlaying, AMarkWithoutAudioBeforeItIsAnsweredAtOnce) {
  connect();
  server().receive(R"({"type":"mark","name":"now"})");
  EXPECT_EQ(told_server(),
            (Story{R"({"type":"mark","name":"now","result":"played","position_ms":0})"}));
}

TEST_F(SessionPlaying, AClearReportsHeardAndDiscardedAudio) {
  connect();
  say(audio(60));
  server().receive(R"({"type":"mark","name":"heard"})");
  say(audio(140));
  server().receive(R"({"type":"mark","name":"unheard"})");
  hear(80);
  server().receive(R"({"type":"clear","fade_ms":0})");
  server().receive(R"({"type":"mark","name":"later"})");
  EXPECT_EQ(hear(20), Samples(160));
  EXPECT_EQ(
      told_server(),
      (Story{R"({"type":"mark","name":"heard","result":"played","position_ms":60})",
             R"({"type":"mark","name":"unheard","result":"cleared","position_ms":80})",
             R"({"type":"cleared","reason":"server","utterance":1,"heard_ms":80,"thrown_ms":120})",
             R"({"type":"mark","name":"later","result":"played","position_ms":200})"}));
  say(audio(20, 9));
  EXPECT_EQ(hear(20), Samples(160, 9)) << "audio after a clear is not cleared";
}

TEST_F(SessionPlaying, ASecondClearDoesNotCountAudioOfTheFirst) {
  connect();
  say(audio(200));
  hear(80);
  server().receive(R"({"type":"clear","fade_ms":0})");
  hear(100);
  session_->clear(0);
  hear(100);
  EXPECT_EQ(
      told_server(),
      (Story{R"({"type":"cleared","reason":"server","utterance":1,"heard_ms":80,"thrown_ms":120})",
             R"({"type":"cleared","reason":"api","utterance":1,"heard_ms":80,"thrown_ms":0})"}));
}

TEST_F(SessionPlaying, AClearAfterTheEndReportsThatAllWasHeard) {
  connect();
  say(audio(40));
  hear(100);
  for (int i = 0; i < 2; ++i) {
    server().receive(R"({"type":"clear"})");
    hear(20);
    EXPECT_EQ(told_server().back(),
              R"({"type":"cleared","reason":"server","utterance":1,"heard_ms":40,"thrown_ms":0})");
  }
}

TEST_F(SessionPlaying, ClearsWithoutAudioBetweenThemAreOne) {
  connect();
  say(audio(200));
  for (int i = 0; i < 1000; ++i) server().receive(R"({"type":"clear","fade_ms":0})");
  say(audio(60));
  for (int i = 0; i < 1000; ++i) server().receive(R"({"type":"clear","fade_ms":0})");
  hear(20);
  EXPECT_EQ(
      told_server(),
      (Story{R"({"type":"cleared","reason":"server","utterance":1,"heard_ms":0,"thrown_ms":200})",
             R"({"type":"cleared","reason":"server","utterance":2,"heard_ms":0,"thrown_ms":60})"}));
}

TEST_F(SessionPlaying, AnswersComeWithinTheBudget) {
  options_.limits.events_per_second = 10;
  connect();
  const auto begin = std::chrono::steady_clock::now();
  say(audio(40));
  for (int i = 0; i < 30; ++i) {
    server().receive(R"({"type":"mark","name":")" + std::to_string(i) + R"("})");
  }
  hear_unnoticed(40);
  session_->pump();
  EXPECT_GE(playback_events().size(), 25U);
  ASSERT_TRUE(run_until_events(1 + 30 + 1));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{450})
      << "six more than the tokens of 2.5 s";
  const Story told = playback_events();
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(Json::parse(told[static_cast<std::size_t>(i)])["message"]["name"], std::to_string(i));
  }
  EXPECT_EQ(Json::parse(told.back())["status"], "drained");
}

TEST_F(SessionPlaying, OtherStreamsHaveTurnsBetweenManyAnswers) {
  options_.limits.events_per_second = 0;
  connect();
  say(audio(40));
  for (int i = 0; i < 100; ++i) server().receive(R"({"type":"mark","name":"m"})");
  hear_unnoticed(40);
  session_->pump();
  EXPECT_EQ(playback_events().size(), 32U);
  settle();
  EXPECT_EQ(playback_events().size(), 101U);
}

TEST_F(SessionPlaying, TotalsCountAudioOfAnUnansweredClear) {
  options_.playback.play_out = false;
  options_.limits.events_per_second = 1;
  connect();
  say(audio(100));
  for (int i = 0; i < 10; ++i) server().receive("spent");
  hear_unnoticed(20);
  session_->clear(0);
  hear_unnoticed(20);
  session_->pump();
  server().closed(1000);
  const Json totals = Json::parse(recorder_.events().back().body)["stats"]["playback"];
  EXPECT_EQ(totals["played_ms"], 20);
  EXPECT_EQ(totals["cleared_ms"], 80);
}

TEST_F(SessionPlaying, WaitingClearsAreBoundedAndKeepTheirCounts) {
  options_.limits.events_per_second = 0;
  connect();
  for (int i = 0; i < 3000; ++i) {
    say(audio(10));
    server().receive(R"({"type":"mark","name":"m"})");
    server().receive(R"({"type":"clear"})");
  }
  hear(20);
  std::size_t clears = 0;
  std::size_t marks = 0;
  std::uint64_t thrown = 0;
  run_until([&] {
    clears = marks = thrown = 0;
    for (const std::string& line : told_server()) {
      const Json answer = Json::parse(line);
      if (answer["type"] == "mark") {
        EXPECT_EQ(answer["result"], "cleared");
        ++marks;
      } else {
        ++clears;
        thrown += answer["thrown_ms"].get<std::uint64_t>();
      }
    }
    return thrown >= 30'000;
  });
  EXPECT_EQ(clears, PlaybackAnswers::kMaxClears);
  EXPECT_EQ(marks, 3000U);
  EXPECT_EQ(thrown, 30'000U);
}

TEST_F(SessionPlaying, KillAudioAndClearActionsOfOtherModulesAreClears) {
  connect();
  for (const char* text : {R"({"type":"killAudio"})", R"({"action":"clear"})"}) {
    say(audio(200));
    server().receive(text);
    EXPECT_EQ(hear(20), Samples(160));
  }
  EXPECT_EQ(story(), (Story{"connect", "playback", "playback"}));
}

TEST_F(SessionPlaying, TheApplicationMayClearToo) {
  connect();
  say(audio(200));
  hear(20);
  session_->clear(0);
  EXPECT_EQ(hear(20), Samples(160));
  EXPECT_EQ(
      told_server(),
      (Story{R"({"type":"cleared","reason":"api","utterance":1,"heard_ms":20,"thrown_ms":180})"}));
}

TEST_F(SessionPlaying, APauseHoldsAudioUntilTheResume) {
  connect();
  say(audio(60, 5));
  hear(20);
  server().receive(R"({"type":"pause"})");
  EXPECT_EQ(hear(40), Samples(320));
  server().receive(R"({"type":"resume"})");
  EXPECT_EQ(hear(40), Samples(320, 5));
  EXPECT_EQ(told_server(), (Story{R"({"type":"paused","position_ms":20})",
                                  R"({"type":"resumed","position_ms":20})",
                                  R"({"type":"drained","position_ms":60})"}));
}

TEST_F(SessionPlaying, TheServerIsToldToWaitAndToContinue) {
  options_.playback.buffer_ms = 1000;
  connect();
  say(audio(900));
  EXPECT_EQ(told_server(), (Story{R"({"type":"xoff","queued_ms":900})"}));
  hear(400);
  EXPECT_EQ(told_server().size(), 2U);
  EXPECT_EQ(told_server().back(), R"({"type":"xon","queued_ms":500})");
}

TEST_F(SessionPlaying, AClearDiscardsAudioThatIsStillBeingDecoded) {
  options_.texts.dtmf = true;
  options_.playback.barge_in = control::BargeIn::dtmf;
  connect();
  server().receive(
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":")" +
      base::encode_base64(audio(20'000)) + R"("}})");
  session_->press({'1', 100});  // something can be interrupted, although nothing is queued yet
  hear(20);
  session_->press({'2', 100});  // nothing is left to interrupt
  finish_jobs();
  ASSERT_TRUE(run_until([this] { return !server().paused; }));
  hear(20);
  const auto told = told_server();
  ASSERT_EQ(told.size(), 3U) << "two digits, and one clear";
  EXPECT_EQ(
      std::ranges::count(
          told,
          R"({"type":"cleared","reason":"dtmf","utterance":1,"heard_ms":0,"thrown_ms":20000})"),
      1);
  say(audio(20, 9));
  server().receive(R"({"type":"mark","name":"next"})");
  EXPECT_EQ(hear(20), Samples(160, 9));
  EXPECT_EQ(told_server().at(3),
            R"({"type":"mark","name":"next","result":"played","position_ms":20020})");
}

TEST_F(SessionPlaying, WaitingMarksAreBounded) {
  options_.limits.events_per_second = 0;
  connect();
  say(audio(100));
  const std::string name(192, 'n');  // 256 bytes with its record
  for (int i = 0; i < 4096; ++i) server().receive(R"({"type":"mark","name":")" + name + R"("})");
  EXPECT_EQ(told_server(), Story{});
  server().receive(R"({"type":"mark","name":"one too many"})");
  EXPECT_EQ(Json::parse(told_server().at(0))["type"], "error");
  hear(100);
  EXPECT_EQ(told_server().size(), 1U + 4096 + 1)
      << "each is answered, and then the end is reported";
  say(audio(20));
  server().receive(R"({"type":"mark","name":"there is room again"})");
  hear(20);
  EXPECT_EQ(Json::parse(told_server().at(4098))["name"], "there is room again");
}

TEST_F(SessionPlaying, ADigitInterruptsAndIsReported) {
  options_.playback.barge_in = control::BargeIn::dtmf;
  options_.texts.dtmf = true;
  connect();
  session_->press({'5', 250});
  say(audio(200));
  hear(40);
  session_->press({'6', 100});
  EXPECT_NE(hear(20), Samples(160)) << "it fades";
  EXPECT_EQ(hear(20), Samples(160));
  const auto told = told_server();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0], R"({"type":"dtmf","digit":"5","duration_ms":250})");
  EXPECT_EQ(told[1], R"({"type":"dtmf","digit":"6","duration_ms":100})");
  EXPECT_EQ(told[2],
            R"({"type":"cleared","reason":"dtmf","utterance":1,"heard_ms":45,"thrown_ms":155})");
}

TEST_F(SessionPlaying, AVoiceInterruptsOnlyPlayingAudio) {
  options_.playback.barge_in = control::BargeIn::speech;
  connect();
  session_->speech_began();
  EXPECT_EQ(told_server(), Story{});
  say(audio(200));
  session_->speech_began();
  hear(20);
  EXPECT_EQ(Json::parse(told_server().at(0))["reason"], "speech");
}

TEST_F(SessionPlaying, TheFinalEventCountsPlayedAudio) {
  options_.playback.play_out = false;
  connect();
  say(audio(100));
  hear(60);
  session_->clear(0);
  hear(20);
  server().closed(1000);
  const Json stats = Json::parse(recorder_.events().back().body)["stats"]["playback"];
  EXPECT_EQ(stats, Json::parse(R"({"received_ms":100,"played_ms":60,"cleared_ms":40,
                                   "refused_ms":0,"unplayed_ms":0,"underruns":0,"underrun_ms":0})"));
}

TEST_F(SessionPlaying, HelloComesFirst) {
  options_.texts.hello = true;
  options_.texts.metadata = "metadata";
  options_.texts.hello_values = {{"color", "red"}};
  connect();
  const auto told = told_server();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(Json::parse(told[0]), Json::parse(R"({"type":"hello","version":1,"call":"uuid-1",
      "stream":"default","up":{"encoding":"L16","rate":8000,"channels":1,"mix":"mono",
      "packet_ms":20},"down":{"encoding":"L16","rate":8000,"channels":1},
      "variables":{"color":"red"}})"));
  EXPECT_EQ(told[1], "metadata");
}

TEST_F(SessionTest, WithPlaybackOffAudioAndRequestsAreTexts) {
  connect();
  server().receive(R"({"type":"clear"})");
  server().receive(R"({"type":"mark","name":"a"})");
  session_->clear(0);
  session_->press({'1', 100});
  session_->speech_began();
  settle();
  EXPECT_EQ(story(), (Story{"connect", "json", "json"}));
  EXPECT_TRUE(server().sent.empty());
}

}  // namespace
}  // namespace audio_stream::stream
