// Starts on a call that has no media yet: wait-media.
#include <algorithm>
#include <optional>
#include <string>

#include "contract_test.hpp"

namespace contract {
namespace {

class WaitMedia : public ContractTest {
 protected:
  [[nodiscard]] std::string start(const std::string& options = "wait-media=600000") {
    return "start " + options + " " + running_->url("/") + " mono 8k";
  }
  /// The stream has begun, and carries the call's audio.
  void expect_a_stream() {
    running_->wait_binary(running_->wait_open().connection);
    EXPECT_EQ(call_->api("stop"), kOk);
    const auto final = events.wait_for_final();
    EXPECT_EQ(final.json()["stats"]["reason"], "stop");
    EXPECT_EQ(final.json()["message"]["code"], 1000);
  }
  /// The only event of the start.
  SeenEvent wait_for_the_only_event() {
    const auto event = events.wait_for_final();
    EXPECT_EQ(events.all().size(), 1U) << events.describe();
    return event;
  }
  void TearDown() override {
    call_.reset();
    running_.reset();
    ContractTest::TearDown();
  }

  std::optional<test::WebSocketServer> running_{std::in_place};
  std::optional<Call> call_{std::in_place, CallShape{.media = Media::none}};
};

TEST_F(WaitMedia, AStartWaitsForTheAnswer) {
  EXPECT_EQ(call_->api(start()), kOk);
  EXPECT_TRUE(events.all().empty()) << events.describe();
  call_->answer();
  expect_a_stream();
}

TEST_F(WaitMedia, AStartWaitsForEarlyMedia) {
  EXPECT_EQ(call_->api(start()), kOk);
  call_->pre_answer();
  expect_a_stream();
}

TEST_F(WaitMedia, TheVariableSaysSoToo) {
  call_->set_variable("STREAM_WAIT_MEDIA", "600000");
  EXPECT_EQ(call_->api(start("name=default")), kOk);
  call_->answer();
  expect_a_stream();
}

TEST_F(WaitMedia, TheApplicationBeforeTheAnswerWaits) {
  call_->run_application("audio_stream", start());
  EXPECT_EQ(call_->variable("audio_stream_result"), "+OK Success");
  call_->answer();
  expect_a_stream();
}

TEST_F(WaitMedia, ACallThatHasMediaDoesNotWait) {
  call_->answer();
  EXPECT_EQ(call_->api(start()), kOk);
  expect_a_stream();
}

TEST_F(WaitMedia, WithoutItTheStartIsRefused) {
  const std::string reply = call_->api(start("name=default"));
  EXPECT_TRUE(reply.starts_with("-ERR this call can't be streamed: it has no media yet")) << reply;
}

TEST_F(WaitMedia, TheTimeIsBounded) {
  EXPECT_EQ(call_->api(start("wait-media=20")), kOk);
  const auto event = wait_for_the_only_event();
  EXPECT_EQ(event.name, "error");
  EXPECT_EQ(event.header("Unique-ID"), call_->uuid());
  EXPECT_NE(event.body.find("the call had no media within 20 ms"), std::string::npos) << event.body;
  EXPECT_TRUE(call_->api("stop").starts_with("-ERR no stream")) << "its name is free";
}

TEST_F(WaitMedia, ATimeThatIsOverIsAFailure) {
  LogRecorder log;
  EXPECT_EQ(call_->api(start("wait-media=20 on-failure=transfer:1001:XML:people")), kOk);
  EXPECT_EQ(wait_for_the_only_event().name, "error");
  EXPECT_TRUE(log.wait_for(" to XML[1001@people]"));
}

TEST_F(WaitMedia, AHangupEndsIt) {
  EXPECT_EQ(call_->api(start("wait-media=600000 on-failure=hangup")), kOk);
  call_->hangup();
  const auto event = wait_for_the_only_event();
  EXPECT_EQ(event.name, "disconnect");
  EXPECT_EQ(event.json()["stats"]["reason"], "hangup");
}

TEST_F(WaitMedia, AStopEndsIt) {
  EXPECT_EQ(call_->api(start()), kOk);
  EXPECT_EQ(call_->api("stop bye"), kOk);
  const auto event = wait_for_the_only_event();
  EXPECT_EQ(event.name, "disconnect");
  EXPECT_EQ(event.json()["stats"]["reason"], "stop");
  EXPECT_TRUE(call_->api("stop").starts_with("-ERR no stream"));
  call_->answer();
  EXPECT_EQ(call_->api(start()), kOk) << "the name is free";
  running_->wait_binary(running_->wait_open().connection);
  EXPECT_EQ(call_->api("stop"), kOk);
  events.wait_for_all([](const SeenEvent& seen) { return seen.final(); }, 2);
}

TEST_F(WaitMedia, OtherCommandsAreRefusedMeanwhile) {
  EXPECT_EQ(call_->api(start()), kOk);
  for (const auto* command : {"send_text x", "pause", "resume", "clear"}) {
    const std::string reply = call_->api(command);
    EXPECT_TRUE(reply.starts_with("-ERR the stream named \"default\" still waits")) << reply;
  }
  EXPECT_TRUE(call_->api(start()).starts_with("-ERR a stream named \"default\" is already"));
  EXPECT_EQ(call_->api(start("wait-media=600000 name=second")), kOk);
  EXPECT_EQ(call_->api("stop name=second"), kOk);
  events.wait_for_final("second");
  call_->answer();
  expect_a_stream();
}

TEST_F(WaitMedia, AnUnloadEndsIt) {
  EXPECT_EQ(call_->api(start()), kOk);
  EXPECT_NE(unload_module(), "") << "in use";
  EXPECT_EQ(unload_module(true), "");
  EXPECT_EQ(wait_for_the_only_event().json()["stats"]["reason"], "unload");
  call_.reset();
  EXPECT_EQ(load_module(), "");
}

TEST_F(WaitMedia, MediaThatCantBeStreamedIsNotWaitedFor) {
  call_.reset();
  call_.emplace(CallShape{.media = Media::bypass});
  const std::string reply = call_->api(start());
  EXPECT_TRUE(reply.starts_with("-ERR this call can't be streamed: its media bypasses")) << reply;
}

/// The hooks in which a start may stand, and what runs them.
struct Hook {
  const char* variable;
  bool answers;
};
void PrintTo(const Hook& hook, std::ostream* out) {
  *out << hook.variable << (hook.answers ? " at the answer" : " at early media");
}

class WaitMediaHook : public WaitMedia, public ::testing::WithParamInterface<Hook> {};

TEST_P(WaitMediaHook, AStartMayStandInIt) {
  const auto& [variable, answers] = GetParam();
  const bool api = std::string{variable}.starts_with("api_");
  call_->set_variable(
      variable, (api ? "uuid_audio_stream " + call_->uuid() : "audio_stream") + " " + start());
  if (answers) {
    call_->answer();
  } else {
    call_->pre_answer();
  }
  expect_a_stream();
}

INSTANTIATE_TEST_SUITE_P(
    Hooks, WaitMediaHook,
    ::testing::Values(Hook{"api_on_answer", true}, Hook{"execute_on_answer", true},
                      Hook{"api_on_media", true}, Hook{"execute_on_media", true},
                      Hook{"api_on_media", false}, Hook{"execute_on_media", false},
                      Hook{"api_on_pre_answer", false}, Hook{"execute_on_pre_answer", false}));

}  // namespace
}  // namespace contract
