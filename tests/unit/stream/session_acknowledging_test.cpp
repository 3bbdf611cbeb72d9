// What the kernel had when a connection broke, and what the server acknowledges.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "stream/session_fixture.hpp"

namespace audio_stream::stream {
namespace {

using namespace std::chrono_literals;
using Messages = std::vector<Message>;

class Acknowledging : public SessionTest {
 protected:
  /// connect(), to a server whose TCP acknowledges nothing from now on.
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
  /// Everything that was sent ends well.
  Json stop_in_order() {
    session_->stop("");
    settle();
    server().close_answered();
    EXPECT_EQ(session_->state(), State::ended);
    return Json::parse(recorder_.events().back().body)["stats"];
  }
  void speak_and_settle(int packets) {
    for (int i = 0; i < packets; ++i) {
      speak(1);
      settle();
    }
  }
};

TEST_F(Acknowledging, WhatTcpDidNotAcknowledgeIsSentAnewInOrderAndBeforeWhatWaits) {
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

TEST_F(Acknowledging, WhatTcpHalfAcknowledgedIsSentAnewAsAWhole) {
  connect_to_silence();
  speak_and_settle(2);
  server().tcp.acknowledged += 320 + 100;
  server().closed(1006, false);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{packet(2)}));
}

TEST_F(Acknowledging, MetadataIsNotSentTwiceOnOneConnection) {
  options_.metadata = "metadata";
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

TEST_F(Acknowledging, ASecondLossInTheMiddleOfSendingAnewKeepsTheOrder) {
  connect_to_silence();
  speak_and_settle(4);
  server().closed(1006, false);
  ASSERT_TRUE(run_until_sockets(2));
  server().tcp_answers = false;
  server().accept();
  server().acknowledge();  // 1; now 2 is in flight
  server().tcp.acknowledged = 320;
  server().closed(1006, false);
  speak(1);
  reconnect();
  EXPECT_EQ(server().sent, (Messages{packet(2), packet(3), packet(4), packet(5)}));
}

TEST_F(Acknowledging, AtTheEndWhatTcpDidNotAcknowledgeCountsAsSuch) {
  options_.reconnect = false;
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

TEST_F(Acknowledging, AfterALingerWithoutAnAnswerTheSameHolds) {
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

// What is kept takes part in the bound, and the oldest goes first.
TEST_F(Acknowledging, WhatIsKeptAndWhatWaitsAreNoMoreThanTheBound) {
  options_.queue = std::chrono::milliseconds{200};
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

TEST_F(Acknowledging, AGapThatWasToldIsNotToldAgain) {
  options_.queue = std::chrono::milliseconds{100};
  options_.gap_text = true;
  connect();
  server().closed(1006, false);
  speak(8);  // the first three go
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

TEST_F(Acknowledging, PacketsThatTcpAcknowledgedAreFilledAgain) {
  connect_to_silence();
  speak_and_settle(6);
  const std::size_t are_free = rig_->pool.free_packets();
  server().tcp.acknowledged = server().tcp.written;
  session_->look();
  speak_and_settle(6);
  EXPECT_GE(rig_->pool.free_packets() + 1, are_free);
}

// At 8 kHz mono a socket takes many seconds of audio before it is full.
TEST_F(Acknowledging, AServerWhoseTcpAcknowledgesNothingIsLost) {
  options_.stall_time = 1s;
  connect_to_silence();
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until([this] {
    speak(1);
    session_->look();
    context_.restart();
    context_.run_one_for(20ms);
    return session_->state() != State::streaming;
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1s);
  EXPECT_EQ(told(1)["code"], 1006);
  EXPECT_NE(told(1)["reason"].get<std::string>().find("took nothing for 1 s"), std::string::npos);
}

TEST_F(Acknowledging, AServerThatTakesAMessageBitByBitIsNotLost) {
  options_.stall_time = 1s;
  connect_to_silence();
  speak_and_settle(3);
  const auto until = std::chrono::steady_clock::now() + 2s;
  while (std::chrono::steady_clock::now() < until) {
    server().tcp.acknowledged += 1;
    session_->look();
    context_.restart();
    context_.run_one_for(100ms);
  }
  EXPECT_EQ(session_->state(), State::streaming);
}

}  // namespace
}  // namespace audio_stream::stream
