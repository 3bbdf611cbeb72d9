// Connections that are lost or cannot be made.
#include <gtest/gtest.h>
#include <future>

#include <chrono>
#include <string>

#include "stream/session_fixture.hpp"

namespace audio_stream::stream {
namespace {

using namespace std::chrono_literals;
using Retrying = SessionTest;
using Clock = std::chrono::steady_clock;

TEST_F(Retrying, APermanentRefusalIsFinal) {
  for (const int status : {400, 401, 403, 404, 410}) {
    begin();
    server().refuse(status);
    const Json message = told(recorder_.events().size() - 1);
    EXPECT_EQ(message["http_status"], status);
    EXPECT_EQ(message["retries"], 1);
    EXPECT_EQ(message["wait_time"], 0);
    EXPECT_EQ(message["error"], "refused");
    EXPECT_EQ(message["code"], 11);
    EXPECT_TRUE(recorder_.events().back().final);
    EXPECT_EQ(session_->state(), State::ended);
  }
  settle();
  EXPECT_EQ(sockets_.size(), 5U);
}

TEST_F(Retrying, AnUnavailableServerIsRetriedWithGrowingWaits) {
  begin();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const auto failed = Clock::now();
    server().refuse(503);
    const Json message = told(static_cast<std::size_t>(attempt) - 1);
    const int full = 100 << (attempt - 1);
    EXPECT_EQ(message["http_status"], 503);
    EXPECT_EQ(message["retries"], attempt);
    EXPECT_GE(message["wait_time"], full * 3 / 4);
    EXPECT_LE(message["wait_time"], full);
    ASSERT_TRUE(run_until_sockets(static_cast<std::size_t>(attempt) + 1));
    EXPECT_GE(Clock::now() - failed,
              std::chrono::milliseconds{message["wait_time"].get<int>()} - 2ms);
    EXPECT_TRUE(server().opened);
  }
  EXPECT_EQ(story(), (Story{"error", "error", "error"}));
  EXPECT_EQ(rig_->counters.failed_attempts.load(), 3U);
}

TEST_F(Retrying, TemporaryStatusesAreRetried) {
  for (const int status : {0, 408, 425, 429, 500, 502, 503, 504}) {
    begin();
    server().refuse(status);
    EXPECT_EQ(session_->state(), State::waiting) << status;
    EXPECT_FALSE(recorder_.events().back().final);
  }
}

TEST_F(Retrying, WithoutReconnectionTheFirstFailureIsFinalWithZeroRetries) {
  options_.reconnect.enabled = false;
  begin();
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  EXPECT_EQ(story(), Story{"error!"});
  EXPECT_TRUE(body(0).starts_with(R"({"status":"error","message":{"retries":0,)"
                                  R"("error":"Connection refused","wait_time":0,"http_status":0,)"
                                  R"("code":6},"stats":{"reason":"network",)"))
      << body(0);
  expect_ended();
}

TEST_F(Retrying, WithoutReconnectionTheFirstLossIsFinal) {
  options_.reconnect.enabled = false;
  connect();
  server().closed(1006, false);
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  expect_ended();
}

TEST_F(Retrying, AnyEndOtherThan1000IsReconnected) {
  for (const int code : {1001, 1002, 1006, 1011, 1012, 1013, 4000}) {
    sockets_.clear();
    connect();
    server().closed(code, code != 1006);
    EXPECT_EQ(told(recorder_.events().size() - 1)["code"], code);
    EXPECT_FALSE(recorder_.events().back().final);
    EXPECT_EQ(session_->state(), State::waiting);
    ASSERT_TRUE(run_until_sockets(2));
  }
}

TEST_F(Retrying, AServerThatDropsConnectionsAtOnceGetsLongerWaits) {
  connect();
  server().closed(1001);
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  server().closed(1001);
  const auto lost = Clock::now();
  ASSERT_TRUE(run_until_sockets(3));
  EXPECT_GE(Clock::now() - lost, 148ms);  // 200 ms less a quarter
}

TEST_F(Retrying, A1000OfThisSideAloneIsNoNormalClose) {
  connect();
  server().closed(1000, false);
  EXPECT_EQ(session_->state(), State::waiting);
}

TEST_F(Retrying, AConnectionResetsTheCountOfAttempts) {
  begin();
  server().refuse(503);
  ASSERT_TRUE(run_until_sockets(2));
  server().refuse(503);
  EXPECT_EQ(told(1)["retries"], 2);
  ASSERT_TRUE(run_until_sockets(3));
  server().accept();
  server().closed(1001);
  ASSERT_TRUE(run_until_sockets(4));
  server().refuse(503);
  EXPECT_EQ(told(4)["retries"], 1);
  EXPECT_EQ(story(), (Story{"error", "error", "connect", "disconnect", "error"}));
}

TEST_F(Retrying, AServersAnswerBreaksNoLineOfTheLog) {
  begin();
  server().fail({transport::ErrorCode::protocol, 403, "HTTP/1.1 403 \x1B[31mNo\nway\r\n"});
  EXPECT_EQ(log_.count("\n"), 0U);
  EXPECT_EQ(log_.count("\x1B"), 0U);
  EXPECT_EQ(log_.count("HTTP/1.1 403", Severity::warning), 1U);
  EXPECT_EQ(told(0)["error"], "HTTP/1.1 403 \x1B[31mNo\nway\r\n");
}

// As in mod_audio_stream 1.0: retries counts the attempts of an outage from 1.
TEST_F(Retrying, TheFirstFailedAttemptAfterALossIsNumberOne) {
  connect();
  server().closed(1001);
  ASSERT_TRUE(run_until_sockets(2));
  server().refuse(503);
  EXPECT_EQ(told(2)["retries"], 1);
  ASSERT_TRUE(run_until_sockets(3));
  server().refuse(503);
  EXPECT_EQ(told(3)["retries"], 2);
}

TEST_F(Retrying, TheOldConnectionIsReleased) {
  connect();
  const auto former = sockets_.back();
  server().closed(1001);
  EXPECT_TRUE(former->detached);
  ASSERT_TRUE(run_until_sockets(2));
  EXPECT_NE(former, sockets_.back());
}

class Heartbeat : public SessionTest {
 protected:
  Heartbeat() { options_.timeouts.heartbeat = 1s; }
};

TEST_F(Heartbeat, PingsOnlyAfterNothingWasSentForItsTime) {
  connect();
  boost::asio::steady_timer speaks{context_};
  Clock::time_point last;
  speaks.expires_after(500ms);
  speaks.async_wait([&](const auto& /*error*/) {
    last = Clock::now();
    speak(1);
  });
  ASSERT_TRUE(run_until([this] { return server().pings > 0; }));
  EXPECT_GE(Clock::now() - last, 990ms);
  EXPECT_EQ(server().sent.size(), 1U);
}

TEST_F(Heartbeat, AMissingPongIsALossAndIsReconnected) {
  connect();
  ASSERT_TRUE(run_until([this] { return server().pings > 0; }));
  server().pong();
  ASSERT_TRUE(run_until([this] { return server().pings > 1; }));
  EXPECT_EQ(story(), Story{"connect"});
  const auto former = sockets_.back();
  ASSERT_TRUE(run_until_events(2));
  EXPECT_EQ(body(1),
            R"({"status":"disconnected","message":{"code":1011,"reason":"Ping timeout"}})");
  EXPECT_EQ(story(), (Story{"connect", "disconnect"}));
  EXPECT_TRUE(former->detached);
  EXPECT_EQ(former->pings, 2);
  EXPECT_TRUE(run_until_sockets(2));
}

TEST_F(Heartbeat, ASlowCloseMissesNoPong) {
  options_.timeouts.linger = 10s;
  connect();
  session_->stop("");
  settle();
  ASSERT_EQ(server().close_code, 1000);
  boost::asio::steady_timer answer{context_};
  answer.expires_after(2500ms);
  answer.async_wait([this](const auto& /*error*/) { server().close_answered(); });
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(told(1)["code"], 1000);
  EXPECT_EQ(server().pings, 0);
}

// The close is sent while a pong is outstanding.
TEST_F(Heartbeat, APongThatIsDueWhenTheCloseIsSentIsNotMissedEither) {
  options_.timeouts.linger = 10s;
  connect();
  ASSERT_TRUE(run_until([this] { return server().pings > 0; }));
  session_->stop("");
  settle();
  boost::asio::steady_timer answer{context_};
  answer.expires_after(1500ms);
  answer.async_wait([this](const auto& /*error*/) { server().close_answered(); });
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(told(1)["code"], 1000);
}

// The pong stays unread for longer than the heart beat.
TEST_F(Heartbeat, APongIsNotMissedWhileReadingIsPaused) {
  std::promise<void> disk_answers;
  ASSERT_TRUE(workers_.disk.run(AudioFiles::kLane, [&] { disk_answers.get_future().wait(); }));
  connect();
  server().receive(
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":"AAAA"}})");
  ASSERT_TRUE(run_until([this] { return server().paused; }));
  ASSERT_TRUE(run_until([this] { return server().pings > 0; }));
  const auto pinged = Clock::now();
  ASSERT_TRUE(run_until([&] { return Clock::now() - pinged > 2500ms; }));
  EXPECT_EQ(story(), Story{"connect"});
  disk_answers.set_value();
  ASSERT_TRUE(run_until_events(2));
  server().pong();
  ASSERT_TRUE(run_until([this] { return server().pings > 1; }));
  EXPECT_EQ(story(), (Story{"connect", "play"}));
}

TEST_F(Heartbeat, IsOffUnlessAskedFor) {
  options_.timeouts.heartbeat = 0s;
  connect();
  boost::asio::steady_timer later{context_};
  bool over = false;
  later.expires_after(50ms);
  later.async_wait([&over](const auto& /*error*/) { over = true; });
  ASSERT_TRUE(run_until([&over] { return over; }));
  EXPECT_EQ(server().pings, 0);
}

TEST_F(Retrying, ALimitOfAttemptsMakesTheLastFailureFinal) {
  options_.reconnect.max_attempts = 2;
  begin();
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  ASSERT_TRUE(run_until_sockets(2));
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  EXPECT_EQ(story(), (Story{"error", "error!"}));
  EXPECT_EQ(told(1)["wait_time"], 0);
  EXPECT_EQ(Json::parse(body(1))["stats"]["reason"], "network");
  expect_ended();
}

TEST_F(Retrying, TooLongAnOutageEndsTheStream) {
  options_.reconnect.max_outage = std::chrono::seconds{1};
  begin();
  for (std::size_t attempt = 1; session_->state() != State::ended && attempt < 20; ++attempt) {
    server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
    if (session_->state() == State::ended) break;
    ASSERT_TRUE(run_until_sockets(attempt + 1));
  }
  EXPECT_GE(Json::parse(recorder_.events().back().body)["stats"]["duration_ms"], 1000);
  expect_ended();
}

// Lost audio of an outage is reported at its position.
TEST_F(Retrying, AGapIsReportedBeforeTheAudioBehindIt) {
  options_.audio.outage_buffer = std::chrono::milliseconds{100};
  options_.texts.gaps = true;
  connect();
  speak(2);
  settle();
  server().closed(1006, false);
  speak(10);  // packets 3 to 12, of which the first five are dropped
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  server().serve();
  settle();
  const auto sent = server().sent;
  ASSERT_EQ(sent.size(), 6U);
  EXPECT_EQ(sent[0], text(R"({"type":"gap","position_ms":40,"length_ms":100})"));
  EXPECT_EQ(sent[1], packet(8));
  EXPECT_EQ(sent[5], packet(12));
  EXPECT_EQ(story(), (Story{"connect", "disconnect", "connect", "gap"}));
  EXPECT_EQ(body(3), R"({"status":"gap","message":{"position_ms":40,"length_ms":100}})");
}

TEST_F(Retrying, KeptAudioIsSentAtABoundedPace) {
  options_.audio.catch_up = 4;
  begin();
  speak(50);  // a second
  server().accept();
  server().serve();
  const auto begun = std::chrono::steady_clock::now();
  settle();
  EXPECT_LT(server().sent.size(), 10U);
  ASSERT_TRUE(run_until([this] { return server().sent.size() == 50; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds{230});
  for (int i = 0; i < 50; ++i) EXPECT_EQ(server().sent[static_cast<std::size_t>(i)], packet(i + 1));
}

TEST_F(Retrying, AServerThatReadsNothingIsLost) {
  options_.timeouts.stall = std::chrono::seconds{1};
  begin();
  server().accept();  // but acknowledges nothing
  speak(3);
  session_->check();
  EXPECT_EQ(session_->state(), State::streaming);
  ASSERT_TRUE(run_until([this] {
    session_->check();
    context_.restart();
    context_.run_one_for(std::chrono::milliseconds{20});
    return session_->state() != State::streaming;
  }));
  EXPECT_EQ(told(1)["code"], 1006);
  EXPECT_NE(told(1)["reason"].get<std::string>().find("took nothing for 1 s"), std::string::npos);
  ASSERT_TRUE(run_until_sockets(2));
}

// For example there was no memory for its next step, and no handler of a stream to blame.
TEST_F(Retrying, ADeadConnectionIsGivenUp) {
  begin();
  session_->check();
  EXPECT_EQ(session_->state(), State::connecting);
  server().alive = false;
  session_->check();
  expect_ended();
  EXPECT_EQ(story(), Story{"error!"});
}

}  // namespace
}  // namespace audio_stream::stream
