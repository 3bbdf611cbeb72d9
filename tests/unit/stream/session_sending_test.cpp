// Messages to the server and their order.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "stream/session_fixture.hpp"

namespace audio_stream::stream {
namespace {

using Sending = SessionTest;
using Messages = std::vector<Message>;

TEST_F(Sending, ConnectsToItsEndpoint) {
  begin();
  ASSERT_EQ(sockets_.size(), 1U);
  EXPECT_TRUE(server().opened);
  EXPECT_EQ(server().endpoint.url.host, "example.com");
  EXPECT_EQ(server().endpoint.headers, options_.endpoint.headers);
  EXPECT_TRUE(story().empty());
}

TEST_F(Sending, MetadataIsTheFirstMessageBeforeTextsAndAudio) {
  options_.texts.metadata = R"({"a": "x\ny"})";
  begin();
  speak(3);
  session_->send_text("hello");
  server().accept();
  server().serve();
  settle();
  EXPECT_EQ(server().sent, (Messages{text(options_.texts.metadata), text("hello"), packet(1),
                                     packet(2), packet(3)}));
  EXPECT_EQ(story(), Story{"connect"});
  EXPECT_EQ(body(0), R"({"status":"connected"})");
}

TEST_F(Sending, MetadataIsSentBeforeTheConnectEvent) {
  options_.texts.metadata = "metadata";
  begin();
  server().accept();
  EXPECT_EQ(server().sent, (Messages{text("metadata")}));
  EXPECT_EQ(story(), Story{"connect"});
}

TEST_F(Sending, WithoutMetadataAudioComesFirst) {
  connect();
  speak(1);
  settle();
  EXPECT_EQ(server().sent, (Messages{packet(1)}));
}

// An acknowledged packet does not go through the pool, which all streams share.
TEST_F(Sending, ASentPacketIsReusedByTheStream) {
  connect();
  speak(2);
  settle();
  session_->check();
  ASSERT_EQ(server().sent.size(), 2U);
  const std::size_t are_free = rig_->pool.free_packets();
  rig_->write_ms(options_.audio.packet_ms, options_.audio.rate_hz);
  EXPECT_EQ(rig_->pool.free_packets(), are_free);
}

TEST_F(Sending, MetadataIsSentAgainAfterAReconnection) {
  options_.texts.metadata = "metadata";
  connect();
  speak(1);
  settle();
  server().closed(1001);
  speak(2);
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  server().serve();
  settle();
  EXPECT_EQ(server().sent, (Messages{text("metadata"), packet(2), packet(3)}));
  EXPECT_EQ(story(), (Story{"connect", "disconnect", "connect"}));
}

TEST_F(Sending, TextsOvertakeQueuedAudioAndKeepTheirOrder) {
  connect();
  server().sent.clear();
  speak(1);  // in flight
  speak(2);
  session_->send_text("one");
  session_->send_text("two");
  settle();
  EXPECT_EQ(server().sent, (Messages{packet(1), text("one"), text("two"), packet(2), packet(3)}));
}

TEST_F(Sending, QueuedMessagesShareASegment) {
  begin();
  server().takes_at_once = true;
  speak(3);
  server().accept();
  settle();
  speak(1);
  settle();
  EXPECT_EQ(server().sent, (Messages{packet(1), packet(2), packet(3), packet(4)}));
  EXPECT_EQ(server().announced_more, (std::vector<bool>{true, true, false, false}));
}

TEST_F(Sending, AtABoundedPaceNoMessageWaitsForMore) {
  options_.audio.catch_up = 2;
  begin();
  server().takes_at_once = true;
  speak(10);
  server().accept();
  settle();
  const auto& more = server().announced_more;
  EXPECT_EQ(std::count(more.begin(), more.end(), true), 0);
}

TEST_F(Sending, OneMessageIsInFlightAtATime) {
  begin();
  server().accept();
  speak(3);
  EXPECT_EQ(server().sent.size(), 1U);
  server().acknowledge();
  EXPECT_EQ(server().sent.size(), 2U);
  settle();
  EXPECT_EQ(server().sent.size(), 2U);
}

TEST_F(Sending, AMessageInFlightWhenTheConnectionBreaksIsSentAgain) {
  options_.texts.metadata = "metadata";
  for (std::size_t taken = 0; taken < 4; ++taken) {
    SCOPED_TRACE("broken after " + std::to_string(taken) + " messages");
    sockets_.clear();
    spoken_ = 0;
    begin();
    server().accept();
    speak(2);
    session_->send_text("text");
    for (std::size_t i = 0; i < taken; ++i) server().acknowledge();
    const Messages all{text("metadata"), text("text"), packet(1), packet(2)};
    ASSERT_EQ(server().sent, (Messages{all.begin(), all.begin() + 1 + static_cast<int>(taken)}));
    server().closed(1006, false);

    ASSERT_TRUE(run_until_sockets(2));
    server().accept();
    server().serve();
    settle();
    Messages again{text("metadata")};  // sent on each connection
    again.insert(again.end(), all.begin() + std::max(1, static_cast<int>(taken)), all.end());
    EXPECT_EQ(server().sent, again);
    EXPECT_EQ(rig_->counters.packets_sent.load(), 2U);
    EXPECT_EQ(rig_->counters.texts_sent.load(), 1U);
  }
}

TEST_F(Sending, AudioOfAnOutageIsKeptUpToTheBound) {
  connect();
  server().closed(1006, false);
  speak(150);
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  server().serve();
  settle();
  ASSERT_EQ(server().sent.size(), 100U);
  EXPECT_EQ(server().sent.front(), packet(51));
  EXPECT_EQ(server().sent.back(), packet(150));
  EXPECT_EQ(rig_->counters.samples_dropped.load(), 50U * 160);
}

TEST_F(Sending, ManyDropsAreReportedByOneWarning) {
  connect();
  server().closed(1006, false);
  for (int i = 0; i < 300; ++i) speak(1);
  EXPECT_EQ(log_.count("audio dropped", Severity::warning), 1U);
  EXPECT_EQ(log_.count("20 ms of audio dropped"), 1U);
}

TEST_F(Sending, AWarningNamesTheBoundThatCostTheAudio) {
  connect();
  server().closed(1006, false);
  for (int i = 0; i < 101; ++i) speak(1);
  EXPECT_EQ(log_.count("20 ms of audio dropped, the oldest first: more than 2000 ms waited to be "
                       "sent (STREAM_OUTAGE_BUFFER); the stream is waiting to retry"),
            1U);
}

TEST_F(Sending, AWarningNamesThePoolIfThatWasTheBound) {
  connect();
  server().closed(1006, false);
  std::vector<audio::PacketPtr> others;
  while (auto packet = rig_->pool.take()) others.push_back(std::move(packet));
  speak(1);  // the pool does not grow meanwhile
  EXPECT_EQ(log_.count("20 ms of audio dropped, the oldest first: the pool of packets was empty "
                       "(queue-memory-mb); the stream is waiting to retry"),
            1U);
}

class HoldInAnOutage : public SessionTest {
 protected:
  /// A second of ones, a hold of `looks` times 200 ms, and a second of twos.
  void speak_around_a_hold(int looks) {
    auto now = Uplink::Time{} + std::chrono::hours{1};
    const auto said = [&](std::int16_t value) {
      for (int i = 0; i < 50; ++i) {
        rig_->tick(test::Samples(160, value), 8000, 1, now += std::chrono::milliseconds{20});
      }
    };
    said(1);
    for (int i = 0; i < looks; ++i) {
      rig_->uplink->fill_absence(now += std::chrono::milliseconds{200});
    }
    said(2);
  }
};

// The call was on hold during an outage, for longer than the buffer.
TEST_F(HoldInAnOutage, CountedSilenceIsSentInItsPlaceAndTheRestIsAGap) {
  options_.texts.gaps = true;
  begin(true);
  speak_around_a_hold(50);
  server().accept();
  server().serve();
  settle();
  const Messages& sent = server().sent;
  const auto of = [&](int value) { return std::ranges::count(sent, packet(value)); };
  EXPECT_EQ(of(1), 50);
  EXPECT_EQ(of(2), 50);
  EXPECT_GE(of(0), 45);  // within the bound, beside the speech behind it
  EXPECT_LE(of(0), 53);
  ASSERT_EQ(std::ranges::count_if(sent, [](const Message& message) { return !message.binary; }), 1);
  std::uint64_t heard_ms = 0;
  for (const Message& message : sent) {
    if (message.binary) heard_ms += message.bytes.size() / 16;
    if (!message.binary) heard_ms += Json::parse(message.bytes)["length_ms"].get<std::uint64_t>();
  }
  EXPECT_EQ(heard_ms, 12'000U);
  EXPECT_EQ(story(), (Story{"connect", "gap"}));
  EXPECT_EQ(resets_, 1) << "an encoder continues through silence and restarts after a gap";
}

// As above without a connection: the totals have each ms of the call.
TEST_F(HoldInAnOutage, CountedSilenceThatIsNotSentIsUndelivered) {
  begin(true);
  speak_around_a_hold(10);
  session_->stop("");
  settle();
  server().fail({transport::ErrorCode::connect_failed, 0, "Connection refused"});
  ASSERT_TRUE(run_until_ended());
  const Json dropped = Json::parse(recorder_.events().back().body)["stats"]["dropped_ms"];
  std::uint64_t all = 0;
  for (const auto& [why, ms] : dropped.items()) all += ms.get<std::uint64_t>();
  EXPECT_EQ(all, 4000U) << dropped;
}

TEST_F(Sending, CountsSentAudio) {
  options_.audio.mix = audio::Mix::mono;
  options_.texts.metadata = "1234567";
  connect();
  speak(5);
  session_->send_text("123");
  settle();
  const Counters& counters = rig_->counters;
  EXPECT_EQ(counters.packets_sent.load(), 5U);
  EXPECT_EQ(counters.samples_sent.load(), 800U);
  EXPECT_EQ(counters.texts_sent.load(), 1U);
  EXPECT_EQ(counters.bytes_sent.load(), 1600U + 7 + 3);
  EXPECT_EQ(counters.connects.load(), 1U);
  EXPECT_EQ(text_gone_, 3U);
}

TEST_F(Sending, StereoSamplesAreCountedPerChannel) {
  options_.audio.mix = audio::Mix::stereo;
  connect();
  speak(2);
  settle();
  EXPECT_EQ(server().sent.front().bytes.size(), 640U);
  EXPECT_EQ(rig_->counters.samples_sent.load(), 320U);
}

TEST_F(Sending, NothingIsSentAfterTheClose) {
  connect();
  session_->stop("");
  settle();
  ASSERT_EQ(server().close_code, 1000);
  session_->send_text("late");
  speak(1);
  settle();
  EXPECT_TRUE(server().sent.empty());
}

TEST_F(Sending, ATextAfterTheEndIsDiscarded) {
  connect();
  server().closed(1000);
  session_->send_text("12345");
  EXPECT_EQ(text_gone_, 5U);
  expect_ended();
}

}  // namespace
}  // namespace audio_stream::stream
