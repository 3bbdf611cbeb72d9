// Changes of a call with a stream: hold, a bridge and its end, bypass media, a codec that an
// application pushes on top of the call's own.
#include <algorithm>
#include <cmath>
#include <span>

#include "call_time.hpp"
#include "contract_test.hpp"
#include "levels.hpp"
#include "support/wait.hpp"

namespace contract {
namespace {

using std::chrono::milliseconds;

class Calls : public ContractTest {
 protected:
  void stop(const Call& call) {
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
  }
};

TEST_F(Calls, AHeldCallNeitherEndsNorBreaksTheStream) {
  test::WebSocketServer server;
  Call call{{.caller = Speech::tone(kCallerHz)}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary(opened.connection);
  call.hold(true);
  EXPECT_EQ(call.api("send_text held"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), "held");
  call.hold(false);
  server.wait_binary_bytes(opened.connection, 3200);
  stop(call);
}

/// The next event that says what the call's audio is.
std::string media_state(EventRecorder& events) {
  const SeenEvent event = events.wait_for("media", std::chrono::seconds{30});
  return event.body.substr(0, event.body.find(','));
}

TEST_F(Calls, AnEventTellsThatTheCallIsHeldAndResumed) {
  test::WebSocketServer server;
  Call call{{.caller = Speech::tone(kCallerHz)}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  events.wait_for("connect");
  call.hold(true);
  EXPECT_EQ(media_state(events), R"({"status":"held")");
  call.hold(false);
  EXPECT_EQ(media_state(events), R"({"status":"resumed")");
  stop(call);
}

TEST_F(Calls, AStreamThatStartsOnAHeldCallSaysSo) {
  test::WebSocketServer server;
  Call call{{.caller = Speech::tone(kCallerHz)}};
  call.hold(true);
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  EXPECT_EQ(media_state(events), R"({"status":"held")");
  call.hold(false);
  EXPECT_EQ(media_state(events), R"({"status":"resumed")");
  stop(call);
}

TEST_F(Calls, AnEventTellsThatNothingReadsTheCall) {
  test::WebSocketServer server;
  Call call{{.caller = Speech::tone(kCallerHz)}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary(opened.connection);
  call.set_read(false);
  EXPECT_EQ(media_state(events), R"({"status":"unread")");
  call.set_read(true);
  EXPECT_EQ(media_state(events), R"({"status":"read")");
  stop(call);
}

TEST_F(Calls, BypassMediaIsRefusedWithTheReason) {
  for (const auto& [media, reason] :
       {std::pair{Media::bypass, "bypass"}, std::pair{Media::proxy, "proxy"}}) {
    const Call call{{.media = media}};
    const std::string reply = call.api("start ws://127.0.0.1:9/ mono");
    EXPECT_TRUE(reply.starts_with("-ERR this call can't be streamed: its media ")) << reply;
    EXPECT_NE(reply.find(reason), std::string::npos) << reply;
    EXPECT_NE(call.api("stop").find("no stream named"), std::string::npos) << "the call has ended";
  }
}

TEST_F(Calls, APassThroughCodecIsRefusedByName) {
  Call call;
  call.pass_codec_through();
  for (const char* options : {"", "playback=on -- "}) {
    const std::string reply =
        call.api("start " + std::string{options} + "ws://127.0.0.1:9/ stereo");
    EXPECT_TRUE(reply.starts_with("-ERR this call can't be streamed: its codec ")) << reply;
    EXPECT_NE(reply.find("passed through"), std::string::npos) << reply;
  }
  EXPECT_NE(call.api("stop").find("no stream named"), std::string::npos) << "the call has ended";
}

TEST_F(Calls, AChangeToAPassThroughCodecEndsTheStreamButNotTheCall) {
  for (const char* options : {"", "playback=on -- "}) {
    test::WebSocketServer server;
    Call call{{.caller = Speech::tone(kCallerHz)}};
    EXPECT_EQ(call.api("start " + std::string{options} + server.url("/") + " stereo"), kOk);
    const auto opened = server.wait_open();
    server.wait_binary(opened.connection);
    call.pass_codec_through();
    const auto final = events.wait_for_final();
    EXPECT_EQ(final.name, "error");
    EXPECT_EQ(final.json()["stats"]["reason"], "codec");
    EXPECT_EQ(final.json()["message"]["code"], 4);
    EXPECT_NE(final.body.find("passes through"), std::string::npos) << final.body;
    EXPECT_EQ(server.wait_close(opened.connection).code, 1000) << "the speech is delivered";
    EXPECT_NE(call.api("stop").find("no stream named"), std::string::npos) << "the call has ended";
    EXPECT_TRUE(test::eventually([&] {
      return call.api("start " + server.url("/") + " mono").starts_with("-ERR this call can't");
    }));
  }
}

TEST_F(Calls, ACodecPushedByAnApplicationDoesNotShiftThePitch) {
  test::WebSocketServer server;
  Call call{{.caller = Speech::tone(kCallerHz)}};
  call.push_read_codec(16000);
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary_bytes(opened.connection, kSecond);  // skip the change of codec
  const auto samples = test::to_samples(server.wait_binary_bytes(opened.connection, kSecond));
  EXPECT_GT(test::level_at(kCallerHz, samples, kSecond), kHeard);
  stop(call);
  call.pop_read_codec();
}

TEST_F(CallTime, ContinuesWhileTheCallIsOnHold) {
  Call call{{.caller = Speech::tone(kCallerHz)}};
  begin(call.uuid(), "mono 8k");
  pass(milliseconds{500});
  const std::size_t before = sent();
  call.hold(true);
  // Silence comes during the hold, not all at once after it.
  pass(milliseconds{1000});
  const std::size_t after = sent();
  EXPECT_NEAR(static_cast<double>(after), 1.5 * kSecond, 0.4 * kSecond);
  call.hold(false);
  pass(milliseconds{500});
  const auto samples = expect_all_of_the_time(call.uuid(), 1);
  // The speech before the hold has arrived a while after it.
  ASSERT_GT(after, before + kSecond / 2);
  ASSERT_GT(samples.size(), after);
  const std::span held{samples.data() + before + kSecond / 4, samples.data() + after};
  EXPECT_TRUE(std::ranges::all_of(held, [](auto sample) { return sample == 0; }));
}

TEST_F(CallTime, ContinuesThroughABridgeAndItsEnd) {
  Call call{{.caller = Speech::tone(kCallerHz)}};
  begin(call.uuid(), "mixed 8k");
  for (int i = 0; i < 10; ++i) {
    call.callee_says(Speech::tone(1000));
    pass(milliseconds{90});
    call.callee_says(Speech::nobody());
    pass(milliseconds{90});
  }
  pass(milliseconds{1000});  // the audio that a flush removed has been replaced
  expect_all_of_the_time(call.uuid(), 1);
}

}  // namespace
}  // namespace contract
