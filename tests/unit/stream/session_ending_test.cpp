// Ends of a stream: by a command, a hangup or its server.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "stream/session_fixture.hpp"

namespace audio_stream::stream {
namespace {

using namespace std::chrono_literals;
using Ending = SessionTest;
using Messages = std::vector<Message>;
using Clock = std::chrono::steady_clock;

TEST_F(Ending, AStopDeliversTheAudioThenTheTextThenCloses) {
  begin();
  server().accept();
  speak(3);
  session_->send_text("before");
  session_->stop("good bye");
  EXPECT_EQ(server().sent, (Messages{packet(1)}));
  EXPECT_EQ(server().close_code, 0);
  server().serve();
  settle();
  EXPECT_EQ(server().sent,
            (Messages{packet(1), text("before"), packet(2), packet(3), text("good bye")}));
  EXPECT_EQ(server().close_code, 1000);
  EXPECT_EQ(session_->state(), State::draining);
  server().close_answered();
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  EXPECT_TRUE(body(1).starts_with(
      R"({"status":"disconnected","message":{"code":1000,"reason":"Normal closure"},"stats":{)"))
      << body(1);
  const auto stats = Json::parse(body(1))["stats"];
  EXPECT_EQ(stats["reason"], "stop");
  EXPECT_EQ(stats["frames_sent"], 3);
  EXPECT_EQ(stats["sent_ms"], 60);
  EXPECT_EQ(stats["reconnects"], 0);
  EXPECT_EQ(rig_->counters.samples_undelivered.load(), 0U);
  expect_ended();
}

TEST_F(Ending, AHangupDeliversTheLastShorterPacketAndNoText) {
  options_.audio.packet_ms = 100;
  connect();
  rig_->write_ms(140, 8000, 7);
  rig_->uplink->finish();
  session_->stop("");
  settle();
  EXPECT_EQ(server().sent, (Messages{packet(7, 800), packet(7, 320)}));
  EXPECT_EQ(server().close_code, 1000);
  server().close_answered();
  expect_ended();
}

TEST_F(Ending, ASecondStopChangesNothing) {
  connect();
  session_->stop("one");
  session_->stop("two");
  settle();
  EXPECT_EQ(server().sent, (Messages{text("one")}));
  server().close_answered();
  session_->stop("three");
  expect_ended();
}

TEST_F(Ending, WithoutAnAnswerToTheCloseTheLingerEndsTheStream) {
  connect();
  const auto told = Clock::now();
  session_->stop("");
  ASSERT_TRUE(run_until_ended());
  EXPECT_GE(Clock::now() - told, 20ms);
  EXPECT_EQ(server().close_code, 1000);
  EXPECT_TRUE(server().detached);
  EXPECT_EQ(this->told(1)["code"], 1006);
  EXPECT_NE(this->told(1)["reason"].get<std::string>().find("longer than 20 ms"),
            std::string::npos);
  expect_ended();
}

TEST_F(Ending, AServerThatReadsNothingDelaysTheEndByTheLingerAndTheRestIsCounted) {
  begin();
  server().accept();
  speak(5);
  session_->send_text("text");
  session_->stop("good bye");
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(server().sent.size(), 1U);
  EXPECT_EQ(rig_->counters.samples_undelivered.load(), 5U * 160);
  EXPECT_EQ(log_.count("100 ms of audio could not be delivered", Severity::warning), 1U);
  EXPECT_EQ(log_.count("text(s) could not be delivered", Severity::warning), 1U);
  EXPECT_EQ(text_gone_, 4U);
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  expect_ended();
}

TEST_F(Ending, AStopWhileConnectingStillDeliversTheAudio) {
  options_.texts.metadata = "metadata";
  begin();
  speak(2);
  session_->stop("good bye");
  EXPECT_EQ(session_->state(), State::draining);
  server().accept();
  server().serve();
  settle();
  EXPECT_EQ(server().sent, (Messages{text("metadata"), packet(1), packet(2), text("good bye")}));
  EXPECT_EQ(server().close_code, 1000);
  server().close_answered();
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  expect_ended();
}

TEST_F(Ending, AStopWhileConnectingWaitsNoLongerThanTheLinger) {
  begin();
  session_->stop("");
  ASSERT_TRUE(run_until_ended());
  EXPECT_TRUE(server().detached);
  EXPECT_EQ(story(), Story{"disconnect!"});
  EXPECT_EQ(told(0)["code"], 1006);
  expect_ended();
}

TEST_F(Ending, AStopWhileConnectingEndsWithTheErrorOfAnAttemptThatFails) {
  begin();
  speak(2);  // another attempt would come after the linger
  session_->stop("");
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  EXPECT_EQ(story(), Story{"error!"});
  EXPECT_EQ(told(0)["wait_time"], 0);
  expect_ended();
}

TEST_F(Ending, AStopWhileWaitingToRetryWithNothingToSendEndsAtOnce) {
  begin();
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  session_->stop("");
  EXPECT_EQ(story(), (Story{"error", "disconnect!"}));
  EXPECT_EQ(told(1)["code"], 1006);
  settle();
  EXPECT_EQ(sockets_.size(), 1U);
  expect_ended();
}

// The server may have returned, and the audio of the outage is worth an attempt.
TEST_F(Ending, AStopInAnOutageDeliversTheKeptAudio) {
  options_.timeouts.linger = 10s;
  connect();
  server().closed(1001);
  speak(2);
  session_->stop("good bye");
  ASSERT_EQ(sockets_.size(), 2U) << "at once";
  EXPECT_EQ(session_->state(), State::draining);
  server().accept();
  server().serve();
  settle();
  EXPECT_EQ(server().sent, (Messages{packet(1), packet(2), text("good bye")}));
  EXPECT_EQ(server().close_code, 1000);
  server().close_answered();
  EXPECT_EQ(story(), (Story{"connect", "disconnect", "connect", "disconnect!"}));
  EXPECT_EQ(Json::parse(body(3))["stats"]["reason"], "stop");
  EXPECT_EQ(rig_->counters.samples_undelivered.load(), 0U);
  ASSERT_FALSE(run_until_sockets_or(3, 150ms)) << "the pending retry was cancelled";
  expect_ended();
}

TEST_F(Ending, AStopInAnOutageRetriesWithinTheLinger) {
  options_.timeouts.linger = 10s;
  begin();
  speak(2);
  server().refuse(503);
  session_->stop("");
  server().refuse(503);
  EXPECT_EQ(session_->state(), State::draining);
  ASSERT_TRUE(run_until_sockets(3));
  server().accept();
  server().closed(1006, false);
  ASSERT_TRUE(run_until_sockets(4)) << "the audio is still there";
  server().accept();
  server().serve();
  settle();
  EXPECT_EQ(server().sent, (Messages{packet(1), packet(2)}));
  server().close_answered();
  EXPECT_EQ(story(), (Story{"error", "error", "connect", "disconnect", "connect", "disconnect!"}));
  expect_ended();
}

TEST_F(Ending, AStopInAnOutageEndsWithTheLinger) {
  options_.timeouts.linger = 300ms;
  begin();
  speak(2);
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  const auto told = Clock::now();
  session_->stop("");
  EXPECT_EQ(sockets_.size(), 2U);
  ASSERT_TRUE(run_until_ended());
  EXPECT_GE(Clock::now() - told, 300ms);
  EXPECT_EQ(rig_->counters.samples_undelivered.load(), 2U * 160);
  expect_ended();
}

TEST_F(Ending, WithoutALingerAStopInAnOutageEndsAtOnce) {
  options_.timeouts.linger = 0ms;
  begin();
  speak(2);
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  session_->stop("bye");
  EXPECT_EQ(sockets_.size(), 1U);
  EXPECT_EQ(story(), (Story{"error", "disconnect!"}));
  expect_ended();
}

TEST_F(Ending, AnUnloadInAnOutageEndsAtOnce) {
  options_.timeouts.linger = 10s;
  begin();
  speak(2);
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  session_->stop("", EndReason::unload);
  EXPECT_EQ(sockets_.size(), 1U);
  expect_ended();
}

TEST_F(Ending, WithoutReconnectionALossWhileStoppingEndsTheStream) {
  options_.timeouts.linger = 10s;
  options_.reconnect.enabled = false;
  begin();
  server().accept();
  speak(3);
  session_->stop("");
  server().closed(1006, false);
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  expect_ended();
}

TEST_F(Ending, AStopBeforeTheBeginEndsWithoutAConnection) {
  make();
  session_->stop("");
  EXPECT_EQ(story(), Story{"disconnect!"});
  session_->begin();
  settle();
  EXPECT_TRUE(sockets_.empty());
  expect_ended();
}

TEST_F(Ending, ANormalCloseByTheServerEndsTheStream) {
  connect();
  server().closed(1000);
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  EXPECT_EQ(told(1)["code"], 1000);
  settle();
  EXPECT_EQ(sockets_.size(), 1U);
  expect_ended();
}

TEST_F(Ending, ACloseWithoutACodeEndsTheStreamToo) {
  connect();
  server().closed(1005);
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  expect_ended();
}

TEST_F(Ending, TextsBeforeTheServersCloseStillBecomeEvents) {
  connect();
  session_->stop("");
  settle();
  server().receive("last words");
  server().close_answered();
  EXPECT_EQ(story(), (Story{"connect", "json", "disconnect!"}));
  EXPECT_EQ(body(1), "last words");
  expect_ended();
}

TEST_F(Ending, ALossWhileStoppingIsNotReconnectedWithoutTime) {
  begin();
  server().accept();
  speak(3);
  session_->stop("bye");
  server().closed(1006, false);
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  EXPECT_EQ(rig_->counters.samples_undelivered.load(), 3U * 160);
  settle();
  EXPECT_EQ(sockets_.size(), 1U);
  expect_ended();
}

TEST_F(Ending, ASessionThatGoesAwayDropsItsConnection) {
  connect();
  session_.reset();
  EXPECT_TRUE(server().detached);
  settle();
}

/// For any sequence of inputs, exactly one event is final, the last one.
TEST_F(Ending, ExactlyOneEventIsFinalAndItIsTheLast) {
  options_.timeouts.linger = 1ms;
  options_.texts.metadata = "metadata";
  options_.limits.files.keep_for = 0ms;
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::minstd_rand random{seed};
    const auto pick = [&random](unsigned n) { return static_cast<unsigned>(random() >> 8U) % n; };
    sockets_.clear();
    ended_ = 0;
    const std::size_t before = recorder_.events().size();
    options_.reconnect.enabled = pick(4) != 0;
    begin();
    bool open = false;
    for (int i = 0; i < 25; ++i) {
      const std::size_t attempts = sockets_.size();
      // The contract of WebSocket: no callback before open() and none after the last one.
      switch (pick(12)) {
        case 0:
        case 1:
          if (!open && !server().detached) {
            server().accept();
            server().serve();
            open = true;
          }
          break;
        case 2:
          if (!open) server().refuse(pick(2) == 0 ? 503 : 403);
          break;
        case 3:
          if (open) server().closed(pick(2) == 0 ? 1000 : 1001);
          break;
        case 4:
          if (pick(4) == 0) session_->stop(pick(2) == 0 ? "bye" : "");
          break;
        case 5:
          if (open) server().receive("text");
          break;
        case 6:
          if (open) {
            server().receive(
                R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":"AAAA"}})");
          }
          break;
        case 7:
          if (open) server().receive(std::string(100, '['));
          break;
        case 8:
          session_->send_text("text");
          break;
        default:
          speak(1);
          break;
      }
      settle();
      if (sockets_.size() != attempts) open = false;
    }
    session_->stop("bye");
    ASSERT_TRUE(run_until_ended());
    finish_jobs();
    auto events = recorder_.events();
    events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(before));
    ASSERT_FALSE(events.empty());
    ASSERT_TRUE(events.back().final);
    ASSERT_EQ(std::ranges::count_if(events, [](const Event& event) { return event.final; }), 1);
    ASSERT_EQ(ended_, 1);
    ASSERT_TRUE(run_until([this] {
      finish_jobs();
      return dir_.files() == 0;
    }));
    session_.reset();
  }
}

// A recogniser's last texts come after the last audio.
TEST_F(Ending, ADrainListensToTheServerAndThenClosesNormally) {
  connect();
  speak(2);
  session_->stop("eof", EndReason::stop, std::chrono::milliseconds{60});
  settle();
  EXPECT_EQ(server().sent.back(), text("eof"));
  EXPECT_EQ(server().close_code, 0);
  server().receive("last words");
  EXPECT_EQ(story(), (Story{"connect", "json"}));
  server().on_close = [this] { server().close_answered(); };
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(server().close_code, 1000);
  EXPECT_EQ(Json::parse(recorder_.events().back().body)["stats"]["reason"], "stop");
  expect_ended();
}

TEST_F(Ending, ADrainEndsWhenTheServerCloses) {
  connect();
  session_->stop("", EndReason::stop, std::chrono::hours{1});
  settle();
  server().receive("last words");
  server().closed(1000);
  EXPECT_EQ(story(), (Story{"connect", "json", "disconnect!"}));
  expect_ended();
}

TEST_F(Ending, AnUnloadCutsADrainShort) {
  connect();
  session_->stop("", EndReason::stop, std::chrono::hours{1});
  settle();
  server().on_close = [this] { server().close_answered(); };
  session_->on_unload();
  ASSERT_TRUE(run_until_ended());
  expect_ended();
}

TEST_F(Ending, AShortenedDrainStillDeliversEverything) {
  begin();
  server().accept();
  speak(2);
  session_->stop("eof", EndReason::stop, std::chrono::hours{1});
  session_->on_unload();
  server().on_close = [this] { server().close_answered(); };
  server().serve();
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(server().sent.back(), text("eof"));
}

TEST_F(Ending, AStopThatFollowsAHangupBringsItsTextAndItsDrain) {
  options_.timeouts.linger = 1h;
  connect();
  session_->stop("", EndReason::hangup);
  settle();
  EXPECT_EQ(server().close_code, 0);
  session_->stop("eof", EndReason::stop, std::chrono::hours{1});
  settle();
  EXPECT_EQ(server().sent, (Messages{text("eof")}));
  EXPECT_EQ(server().close_code, 0) << "it listens";
  session_->stop("again", EndReason::stop);
  server().receive("last words");
  server().closed(1000);
  EXPECT_EQ(story(), (Story{"connect", "json", "disconnect!"}));
  EXPECT_EQ(Json::parse(recorder_.events().back().body)["stats"]["reason"], "hangup");
  expect_ended();
}

TEST_F(Ending, AfterAHangupTheConnectionStaysForAMoment) {
  options_.timeouts.linger = 1h;
  connect();
  server().on_close = [this] { server().close_answered(); };
  const auto hangup = Clock::now();
  session_->stop("", EndReason::hangup);
  ASSERT_TRUE(run_until_ended());
  EXPECT_GE(Clock::now() - hangup, 190ms);
  EXPECT_LT(Clock::now() - hangup, 2s);
  EXPECT_EQ(server().close_code, 1000);
  expect_ended();
}

TEST_F(Ending, TheConfiguredTextAndDrainHoldForAPlainStop) {
  options_.last_words = {"eof", std::chrono::hours{1}};
  connect();
  speak(1);
  session_->stop("");
  settle();
  EXPECT_EQ(server().sent, (Messages{packet(1), text("eof")}));
  EXPECT_EQ(server().close_code, 0) << "it listens";
  server().receive("last words");
  server().closed(1000);
  EXPECT_EQ(story(), (Story{"connect", "json", "disconnect!"}));
  expect_ended();
}

TEST_F(Ending, TheConfiguredTextFollowsAHangupThatNoStopFollows) {
  options_.timeouts.linger = 1h;
  options_.last_words = {"eof ${a}", std::chrono::hours{1}};
  connect();
  session_->set_end_text("eof 1");
  session_->stop("", EndReason::hangup);
  settle();
  EXPECT_EQ(server().sent, Messages{}) << "a stop may still bring another text";
  ASSERT_TRUE(run_until([this] { return !server().sent.empty(); }));
  settle();
  EXPECT_EQ(server().sent, (Messages{text("eof 1")}));
  session_->stop("late", EndReason::stop, 1ms);
  ASSERT_TRUE(run_until([this] { return server().close_code == 1000; }));
  EXPECT_EQ(server().sent, (Messages{text("eof 1"), text("late")}));
}

TEST_F(Ending, AStopsOwnTextAndDrainWin) {
  options_.timeouts.linger = 1h;
  options_.last_words = {"eof", std::chrono::hours{1}};
  connect();
  session_->stop("", EndReason::hangup);
  session_->stop("own", EndReason::stop, 0ms);
  settle();
  EXPECT_EQ(server().sent, (Messages{text("own")}));
  EXPECT_EQ(server().close_code, 1000);
}

TEST_F(Ending, AnUnloadSendsTheConfiguredTextAndListensWithinItsBound) {
  options_.timeouts.linger = 1h;
  options_.last_words = {"eof", std::chrono::hours{1}};
  connect();
  session_->stop("", EndReason::unload);
  settle();
  EXPECT_EQ(server().sent, (Messages{text("eof")}));
  EXPECT_EQ(server().close_code, 0) << "it listens";
  ASSERT_TRUE(run_until([this] { return server().close_code == 1000; }));
  ASSERT_TRUE(run_until_ended()) << "the close stays unanswered";
}

TEST_F(Ending, AServerThatAskedForTheEndIsNotListenedTo) {
  options_.last_words = {"eof", std::chrono::hours{1}};
  connect();
  session_->stop("", EndReason::server);
  settle();
  EXPECT_EQ(server().sent, (Messages{text("eof")}));
  EXPECT_EQ(server().close_code, 1000);
}

TEST_F(Ending, AnUnloadDoesNotWaitForAStopAfterTheHangup) {
  options_.timeouts.linger = 1h;
  connect();
  session_->stop("", EndReason::hangup);
  session_->on_unload();
  settle();
  EXPECT_EQ(server().close_code, 1000);
}

TEST_F(Ending, TheConnectionStaysWhileATextIsOnItsWay) {
  options_.timeouts.linger = 1h;
  connect();
  may_close_ = false;
  session_->stop("");
  settle();
  EXPECT_EQ(server().close_code, 0);
  session_->send_text("accepted before");
  may_close_ = true;
  ASSERT_TRUE(run_until([this] { return server().close_code == 1000; }));
  EXPECT_EQ(server().sent, (Messages{text("accepted before")}));
  server().close_answered();
  expect_ended();
}

TEST_F(Ending, AFinalFailureDeliversTheAudioAndEndsWithAnError) {
  connect();
  speak(2);
  session_->set_final_failure({transport::ErrorCode::not_supported, 0, "the codec is G729"});
  session_->stop("", EndReason::codec);
  settle();
  EXPECT_EQ(server().sent, (Messages{packet(1), packet(2)}));
  EXPECT_EQ(server().close_code, 1000);
  server().close_answered();
  EXPECT_EQ(story(), (Story{"connect", "error!"}));
  EXPECT_EQ(told(1)["error"], "the codec is G729");
  EXPECT_EQ(told(1)["code"], 4);
  EXPECT_EQ(Json::parse(body(1))["stats"]["reason"], "codec");
  expect_ended();
}

// The module waits two seconds for its streams, however long STREAM_LINGER is.
TEST_F(Ending, AnUnloadLingersForASecondAtMost) {
  options_.timeouts.linger = 1h;
  connect();
  const auto told = Clock::now();
  session_->stop("", EndReason::unload);
  ASSERT_TRUE(run_until_ended());
  EXPECT_GE(Clock::now() - told, 1s);
  EXPECT_LT(Clock::now() - told, 2s);
  EXPECT_EQ(Json::parse(body(1))["stats"]["reason"], "unload");
  EXPECT_NE(this->told(1)["reason"].get<std::string>().find("longer than 1000 ms"),
            std::string::npos);
  expect_ended();
}

TEST_F(Ending, AnUnloadShortensARunningLinger) {
  options_.timeouts.linger = 1h;
  begin();
  server().accept();
  speak(2);
  session_->stop("bye");
  const auto told = Clock::now();
  session_->on_unload();
  ASSERT_TRUE(run_until_ended());
  EXPECT_LT(Clock::now() - told, 2s);
  EXPECT_EQ(Json::parse(body(1))["stats"]["reason"], "stop");
  EXPECT_EQ(rig_->counters.samples_undelivered.load(), 2U * 160);
  expect_ended();
}

TEST_F(Ending, AnUnloadDoesNotLengthenAShortLinger) {
  connect();
  session_->stop("");
  session_->on_unload();
  ASSERT_TRUE(run_until_ended());
  EXPECT_NE(this->told(1)["reason"].get<std::string>().find("longer than 20 ms"),
            std::string::npos);
  expect_ended();
}

TEST_F(Ending, AnUnloadThatOvertakesAStopBoundsItsLinger) {
  options_.timeouts.linger = 1h;
  connect();
  session_->on_unload();
  const auto told = Clock::now();
  session_->stop("eof", EndReason::stop, std::chrono::hours{1});
  ASSERT_TRUE(run_until_ended());
  EXPECT_LT(Clock::now() - told, 2s);
  EXPECT_EQ(server().close_code, 1000);
  expect_ended();
}

}  // namespace
}  // namespace audio_stream::stream
