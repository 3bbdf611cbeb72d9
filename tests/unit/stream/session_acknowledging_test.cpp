// Unacknowledged audio when a connection breaks, acknowledgements of the server, and whether the
// server is alive.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "stream/session_fixture.hpp"

namespace audio_stream::stream {
namespace {

using namespace std::chrono_literals;
using Messages = std::vector<Message>;

class Acknowledging : public SessionTest {
 protected:
  /// As connect(), to a server whose TCP acknowledges nothing from now on.
  void connect_to_silence() {
    connect();
    server().tcp_answers = false;
  }
  void reconnect() {
    const std::size_t count = sockets_.size();
    ASSERT_TRUE(run_until_sockets(count + 1));
    server().accept();
    server().serve();
    settle();
  }
  /// Stops with everything delivered.
  Json stop_in_order() {
    session_->stop("");
    settle();
    server().close_answered();
    EXPECT_EQ(session_->state(), State::ended);
    return Json::parse(recorder_.events().back().body)["stats"];
  }
  /// The call speaks in real time for `time`, or until `done`.
  template <class Done>
  void speak_for(std::chrono::milliseconds time, Done done) {
    const auto begun = std::chrono::steady_clock::now();
    for (auto next = begun; std::chrono::steady_clock::now() < begun + time && !done();) {
      for (; next < std::chrono::steady_clock::now(); next += 20ms) speak(1);
      context_.restart();
      context_.run_one_for(5ms);
      session_->check();
    }
  }
  void speak_and_settle(int packets) {
    for (int i = 0; i < packets; ++i) {
      speak(1);
      settle();
    }
  }
};

TEST_F(Acknowledging, UnacknowledgedMessagesAreSentAgainInOrderBeforeQueuedOnes) {
  connect_to_silence();
  speak_and_settle(2);
  session_->send_text("text");
  settle();
  speak_and_settle(2);
  server().tcp.acknowledged += 320;
  server().closed(1006, false);
  speak(1);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{packet(2), text("text"), packet(3), packet(4), packet(5)}));
  EXPECT_EQ(rig_->counters.texts_sent.load(), 1U);
  const Json stats = stop_in_order();
  EXPECT_EQ(stats["sent_ms"], 100);
  EXPECT_EQ(stats["frames_sent"], 5);
  EXPECT_EQ(stats["dropped_ms"]["unacknowledged"], 0);
  EXPECT_EQ(story(), (Story{"connect", "disconnect", "connect", "disconnect!"}));
}

TEST_F(Acknowledging, AHalfAcknowledgedMessageIsSentAgainCompletely) {
  connect_to_silence();
  speak_and_settle(2);
  server().tcp.acknowledged += 320 + 100;
  server().closed(1006, false);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{packet(2)}));
}

TEST_F(Acknowledging, MetadataIsNotSentTwiceOnOneConnection) {
  options_.texts.metadata = "metadata";
  begin();
  server().tcp_answers = false;
  server().accept();
  server().serve();
  settle();
  speak_and_settle(1);
  server().closed(1006, false);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{text("metadata"), packet(1)}));
}

TEST_F(Acknowledging, ASecondLossWhileSendingAgainKeepsTheOrder) {
  connect_to_silence();
  speak_and_settle(4);
  server().closed(1006, false);
  ASSERT_TRUE(run_until_sockets(2));
  server().tcp_answers = false;
  server().accept();
  server().acknowledge();  // of packet 1; packet 2 is in flight now
  server().tcp.acknowledged = 320;
  server().closed(1006, false);
  speak(1);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{packet(2), packet(3), packet(4), packet(5)}));
}

TEST_F(Acknowledging, AudioWithoutAcknowledgementAtTheEndIsCounted) {
  options_.reconnect.enabled = false;
  connect_to_silence();
  speak_and_settle(5);
  server().tcp.acknowledged += 320;
  server().closed(1006, false);
  const Json stats = Json::parse(recorder_.events().back().body)["stats"];
  EXPECT_EQ(stats["sent_ms"], 20);
  EXPECT_EQ(stats["dropped_ms"]["unacknowledged"], 80);
  EXPECT_EQ(stats["dropped_ms"]["undelivered"], 0);
  EXPECT_EQ(log_.count("80 ms of audio were sent and not acknowledged", Severity::warning), 1U);
  expect_ended();
}

TEST_F(Acknowledging, AudioWithoutAcknowledgementAfterTheLingerIsCounted) {
  connect_to_silence();
  speak_and_settle(5);
  session_->stop("");
  ASSERT_TRUE(run_until_ended());
  const Json stats = Json::parse(recorder_.events().back().body)["stats"];
  EXPECT_EQ(stats["sent_ms"], 0);
  EXPECT_EQ(stats["dropped_ms"]["unacknowledged"], 100);
}

TEST_F(Acknowledging, AServerThatAnswersTheCloseHasEverything) {
  connect_to_silence();
  speak_and_settle(5);
  const Json stats = stop_in_order();
  EXPECT_EQ(stats["sent_ms"], 100);
  EXPECT_EQ(stats["dropped_ms"]["unacknowledged"], 0);
}

// Kept audio counts towards the bound, and the oldest is dropped first.
TEST_F(Acknowledging, KeptAndQueuedAudioTogetherStayWithinTheBound) {
  options_.audio.outage_buffer = std::chrono::milliseconds{200};
  connect_to_silence();
  speak_and_settle(12);
  server().closed(1006, false);
  speak(4);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{packet(7), packet(8), packet(9), packet(10), packet(11),
                                     packet(12), packet(13), packet(14), packet(15), packet(16)}));
  EXPECT_EQ(story(), (Story{"connect", "disconnect", "connect", "gap"}));
  EXPECT_EQ(told(3)["position_ms"], 0);
  EXPECT_EQ(told(3)["length_ms"], 120);
  const Json stats = stop_in_order();
  EXPECT_EQ(stats["dropped_ms"]["unacknowledged"], 120);
  EXPECT_EQ(stats["sent_ms"], 200);
}

TEST_F(Acknowledging, AGapIsReportedOnce) {
  options_.audio.outage_buffer = std::chrono::milliseconds{100};
  options_.texts.gaps = true;
  connect();
  server().closed(1006, false);
  speak(8);  // the first three are dropped
  ASSERT_TRUE(run_until_sockets(2));
  server().tcp_answers = false;
  server().accept();
  server().serve();
  settle();
  server().closed(1006, false);
  reconnect();
  const std::string gap = R"({"type":"gap","position_ms":0,"length_ms":60})";
  EXPECT_EQ(server().sent,
            (Messages{text(gap), packet(4), packet(5), packet(6), packet(7), packet(8)}));
  EXPECT_EQ(std::ranges::count(recorder_.story(), "gap"), 1);
}

TEST_F(Acknowledging, AcknowledgedPacketsAreReused) {
  connect_to_silence();
  speak_and_settle(6);
  const std::size_t are_free = rig_->pool.free_packets();
  server().tcp.acknowledged = server().tcp.written;
  session_->check();
  speak_and_settle(6);
  EXPECT_GE(rig_->pool.free_packets() + 1, are_free);
}

// At 8 kHz mono a socket takes many seconds of audio before it is full.
TEST_F(Acknowledging, AServerWithoutTcpAcknowledgementsIsLost) {
  options_.timeouts.stall = 1s;
  connect_to_silence();
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until([this] {
    speak(1);
    session_->check();
    context_.restart();
    context_.run_one_for(20ms);
    return session_->state() != State::streaming;
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1s);
  EXPECT_EQ(told(1)["code"], 1006);
  EXPECT_NE(told(1)["reason"].get<std::string>().find("took nothing for 1 s"), std::string::npos);
}

TEST_F(Acknowledging, AServerThatAcknowledgesSlowlyIsNotLost) {
  options_.timeouts.stall = 1s;
  connect_to_silence();
  speak_and_settle(3);
  const auto until = std::chrono::steady_clock::now() + 2s;
  while (std::chrono::steady_clock::now() < until) {
    server().tcp.acknowledged += 1;
    session_->check();
    context_.restart();
    context_.run_one_for(100ms);
  }
  EXPECT_EQ(session_->state(), State::streaming);
}

/// A session whose server acknowledges audio.
class Resuming : public Acknowledging {
 protected:
  Resuming() { options_.reconnect.resume = true; }

  void acknowledge_ms(int position_ms) {
    server().receive(R"({"type":"ack","position_ms":)" + std::to_string(position_ms) + "}");
  }
  static Message resume(int position_ms) {
    return text(R"({"type":"resume","position_ms":)" + std::to_string(position_ms) + "}");
  }
};

TEST_F(Resuming, EachConnectionTellsItsPositionAfterTheMetadata) {
  options_.texts.metadata = "metadata";
  connect();
  speak_and_settle(2);
  EXPECT_EQ(server().sent, (Messages{text("metadata"), resume(0), packet(1), packet(2)}));
  acknowledge_ms(20);
  server().closed(1006, false);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{text("metadata"), resume(20), packet(2)}));
}

TEST_F(Resuming, AudioOnlyTcpAcknowledgedIsSentAgain) {
  connect();
  speak_and_settle(4);
  session_->check();
  acknowledge_ms(40);
  server().closed(1006, false);
  speak(1);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{resume(40), packet(3), packet(4), packet(5)}));
  acknowledge_ms(100);
  const Json stats = stop_in_order();
  EXPECT_EQ(stats["sent_ms"], 100);
  EXPECT_EQ(stats["dropped_ms"]["unacknowledged"], 0);
}

TEST_F(Resuming, ResumesInTheMiddleOfAPacket) {
  connect();
  speak_and_settle(3);
  acknowledge_ms(25);
  server().closed(1006, false);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{resume(25), packet(2, 120), packet(3)}));
}

TEST_F(Resuming, ATextThatTcpAcknowledgedIsNotSentAgain) {
  connect();
  speak_and_settle(1);
  session_->send_text("text");
  settle();
  session_->check();
  server().closed(1006, false);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{resume(0), packet(1)}));
}

TEST_F(Resuming, AnAcknowledgementBeyondTheSentAudioCoversAllOfIt) {
  connect();
  speak_and_settle(2);
  acknowledge_ms(1'000'000'000);
  server().closed(1006, false);
  speak(1);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{resume(40), packet(3)}));
}

TEST_F(Resuming, AnAcknowledgementIsNoEvent) {
  connect();
  acknowledge_ms(0);
  settle();
  EXPECT_EQ(story(), Story{"connect"});
  EXPECT_EQ(rig_->counters.messages_received.load(), 1U);
}

TEST_F(Resuming, WithoutResumeAnAcknowledgementIsForTheApplication) {
  options_.reconnect.resume = false;
  connect();
  acknowledge_ms(0);
  settle();
  EXPECT_EQ(story(), (Story{"connect", "json"}));
}

TEST_F(Resuming, AudioThatCouldNotBeKeptIsAGapBeforeTheResumePosition) {
  options_.audio.outage_buffer = std::chrono::milliseconds{100};
  connect();
  speak_and_settle(10);
  acknowledge_ms(20);
  server().closed(1006, false);
  speak(2);
  reconnect();
  EXPECT_EQ(server().sent,
            (Messages{resume(140), packet(8), packet(9), packet(10), packet(11), packet(12)}));
  EXPECT_EQ(story(), (Story{"connect", "disconnect", "connect", "gap"}));
  EXPECT_EQ(told(3)["position_ms"], 20);
  EXPECT_EQ(told(3)["length_ms"], 120);
  const Json stats = stop_in_order();
  EXPECT_EQ(stats["dropped_ms"]["unacknowledged"], 120);
  EXPECT_EQ(stats["sent_ms"], 120);
}

// The server is killed at any time. It truncates what it stored at the position where the stream
// resumes.
TEST_F(Resuming, AServerKilledRepeatedlyHasEachSampleOnce) {
  options_.audio.outage_buffer = std::chrono::milliseconds{60'000};
  std::minstd_rand random{7};
  begin();
  std::string stored;
  std::size_t taken = 0;  // messages stored from this connection
  const auto store = [&] {
    for (; taken < server().sent.size(); ++taken) {
      const Message& message = server().sent[taken];
      if (message.binary) {
        stored += message.bytes;
      } else {
        stored.resize(Json::parse(message.bytes)["position_ms"].get<std::size_t>() * 16);
      }
    }
  };
  for (int round = 0; round < 7; ++round) {  // each waits twice as long as the one before
    taken = 0;
    server().accept();
    server().serve();
    for (int i = 0; i < 20; ++i) {
      speak(1);
      if (random() % 2 == 0) settle();
      if (random() % 3 == 0) {
        store();
        acknowledge_ms(static_cast<int>(stored.size() / 16));
      }
      if (random() % 5 == 0) session_->check();
    }
    if (random() % 2 == 0) store();  // else the server loses what it was sent
    const std::size_t count = sockets_.size();
    server().closed(1006, false);
    speak(static_cast<int>(random() % 10));
    ASSERT_TRUE(run_until_sockets(count + 1));
  }
  taken = 0;
  server().accept();
  server().serve();
  settle();
  store();
  std::string said;
  for (int i = 1; i <= spoken_; ++i) said += packet(i).bytes;
  EXPECT_EQ(stored.size(), said.size());
  EXPECT_TRUE(stored == said);
}

class SessionLiveness : public SessionTest {
 protected:
  SessionLiveness() { options_.timeouts.liveness = 1s; }

  /// Runs the session as the I/O thread does. True if the connection is lost meanwhile.
  bool live_for(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    const std::size_t count = sockets_.size();
    while (std::chrono::steady_clock::now() < until && sockets_.size() == count &&
           session_->state() == State::streaming) {
      speak(1);
      session_->check();
      context_.restart();
      context_.run_one_for(20ms);
    }
    return session_->state() != State::streaming || sockets_.size() != count;
  }
};

TEST_F(SessionLiveness, PingsAtOnceAndBesideAudio) {
  connect();
  EXPECT_EQ(server().pings, 1);
  server().pong();
  EXPECT_FALSE(live_for(1200ms));
  EXPECT_GE(server().pings, 2);
}

TEST_F(SessionLiveness, AServerThatFreezesIsLostAlthoughItsTcpTakesAudio) {
  connect();
  server().pong();
  const auto former = sockets_.back();
  EXPECT_TRUE(live_for(3s));
  EXPECT_EQ(body(1),
            R"({"status":"disconnected","message":{"code":1011,"reason":"Ping timeout"}})");
  EXPECT_TRUE(former->detached);
}

TEST_F(SessionLiveness, TheNextUrlIsTriedAtOnce) {
  options_.further_urls = {*transport::parse_url("ws://second.example/")};
  connect();
  server().pong();
  EXPECT_TRUE(live_for(3s));
  EXPECT_EQ(told(1)["url"], "ws://example.com/path");
  ASSERT_TRUE(run_until_sockets_or(2, 50ms));
  EXPECT_EQ(server().endpoint.url.host, "second.example");
}

TEST_F(SessionLiveness, AServerThatNeverAnsweredAPingIsNotLost) {
  connect();
  EXPECT_FALSE(live_for(2s));
  EXPECT_EQ(server().pings, 1);
}

TEST_F(SessionLiveness, AnyMessageOfTheServerShowsThatItLives) {
  connect();
  server().pong();
  for (int i = 0; i < 20; ++i) {
    ASSERT_FALSE(live_for(120ms));
    server().receive("text");
  }
}

TEST_F(SessionLiveness, TheRoundTripIsInTheTotals) {
  connect();
  std::this_thread::sleep_for(5ms);
  server().pong();
  session_->stop("");
  settle();
  server().close_answered();
  const Json stats = Json::parse(recorder_.events().back().body)["stats"];
  EXPECT_GE(stats["rtt_ms"].get<double>(), 5.0);
  EXPECT_LT(stats["rtt_ms"].get<double>(), 5000.0);
}

TEST_F(SessionLiveness, WithoutLivenessThereIsNoPing) {
  options_.timeouts.liveness = 0s;
  connect();
  EXPECT_FALSE(live_for(300ms));
  EXPECT_EQ(server().pings, 0);
}

// The server returns at some time of an outage that is a second shorter than the buffer. Packets to
// it are dropped, so an attempt neither fails nor succeeds until its deadline.
TEST_F(Acknowledging, AnOutageOfASilentHostShorterThanTheBufferLosesNothing) {
  options_.audio.outage_buffer = std::chrono::milliseconds{5000};
  connect();
  server().closed(1006, false);
  const auto begun = std::chrono::steady_clock::now();
  const auto back = begun + 3900ms;
  speak_for(4900ms, [&, attempts = sockets_.size()]() mutable {
    const bool another = sockets_.size() > std::exchange(attempts, sockets_.size());
    return another && std::chrono::steady_clock::now() >= back;
  });
  server().accept();
  server().serve();
  settle();
  EXPECT_EQ(sockets_.size(), 3U);
  ASSERT_FALSE(server().sent.empty());
  EXPECT_EQ(server().sent.front(), packet(1));
  EXPECT_EQ(rig_->counters.samples_dropped.load(), 0U);
  EXPECT_EQ(story(), (Story{"connect", "disconnect", "error", "connect"}));
}

// An attempt with a TCP connection may be answered at any time, and its failure tells more.
TEST_F(Acknowledging, AnAttemptThatTheHostAcceptedKeepsItsDeadline) {
  options_.audio.outage_buffer = std::chrono::milliseconds{3000};
  connect();
  server().closed(1006, false);
  ASSERT_TRUE(run_until_sockets(2));
  server().dialing = false;
  speak_for(3000ms, [] { return false; });
  EXPECT_EQ(sockets_.size(), 2U);
}

// Its failure would be final, and it may still succeed.
TEST_F(Acknowledging, TheLastAllowedAttemptKeepsItsDeadline) {
  options_.audio.outage_buffer = std::chrono::milliseconds{3000};
  options_.reconnect.max_outage = 1s;
  connect();
  server().closed(1006, false);
  ASSERT_TRUE(run_until_sockets(2));
  speak_for(3000ms, [] { return false; });
  EXPECT_EQ(sockets_.size(), 2U);
  EXPECT_EQ(story(), (Story{"connect", "disconnect"}));
}

TEST_F(Acknowledging, AnOutageShorterThanTheBufferLosesNothing) {
  options_.audio.outage_buffer = std::chrono::milliseconds{3000};
  connect();
  server().closed(1006, false);
  const auto begun = std::chrono::steady_clock::now();
  const auto back = begun + 2s;
  std::size_t attempts = 1;
  auto next = begun;
  while (true) {
    for (; next < std::chrono::steady_clock::now(); next += 20ms) speak(1);
    context_.restart();
    context_.run_one_for(5ms);
    if (sockets_.size() == attempts) continue;
    attempts = sockets_.size();
    if (std::chrono::steady_clock::now() >= back) break;
    server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  }
  server().accept();
  server().serve();
  settle();
  EXPECT_EQ(server().sent.front(), packet(1));
  EXPECT_EQ(rig_->counters.samples_dropped.load(), 0U);
}

}  // namespace
}  // namespace audio_stream::stream
