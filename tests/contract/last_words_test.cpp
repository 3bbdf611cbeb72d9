// Commands after the hangup: the text of a stop is delivered, or refused with the reason.
#include <optional>
#include <string>
#include <utility>

#include "contract_test.hpp"

namespace contract {
namespace {

constexpr const char* kClosing = "-ERR this stream is closing already";

class LastWords : public ContractTest {
 protected:
  /// A stream after its hangup with something to deliver and no server.
  void hang_up_without_a_server() {
    server().stop_listening();
    EXPECT_EQ(call_.api("start " + server().url("/") + " mono 8k"), kOk);
    events.wait_for("error");
    EXPECT_EQ(call_.api("send_text kept"), kOk);
    call_.hangup();
  }
  int wait_for_the_kept_text() {
    server().listen_again();
    const int connection = server().wait_open().connection;
    EXPECT_EQ(server().wait_text(connection), "kept");
    return connection;
  }

  // Ends before the check for leaks.
  void TearDown() override {
    call_.hangup();
    running_.reset();
    ContractTest::TearDown();
  }

  test::WebSocketServer& server() { return *running_; }

 private:
  std::optional<test::WebSocketServer> running_{std::in_place};

 protected:
  Call call_{{.caller = Speech::tone(440), .variables = {{"STREAM_LINGER", "20000"}}}};
};

TEST_F(LastWords, OfAStopAfterTheHangupAreDelivered) {
  hang_up_without_a_server();
  EXPECT_EQ(call_.api(R"(stop {"eof":1})"), kOk);
  EXPECT_EQ(call_.api("stop").substr(0, 4), "-ERR") << "a second one";
  const int connection = wait_for_the_kept_text();
  EXPECT_EQ(server().wait_text(connection), R"({"eof":1})");
  EXPECT_EQ(server().wait_close(connection).code, 1000);
  const auto final = events.wait_for_final();
  EXPECT_EQ(final.json()["stats"]["reason"], "hangup");
  EXPECT_EQ(final.json()["message"]["code"], 1000);
}

TEST_F(LastWords, OfTheServerAreReceivedByAGracefulShutdownAfterTheHangup) {
  hang_up_without_a_server();
  EXPECT_EQ(call_.api("graceful-shutdown drain=20000 bye"), kOk);
  const int connection = wait_for_the_kept_text();
  EXPECT_EQ(server().wait_text(connection), "bye");
  server().send_text(connection, "the last transcript");
  EXPECT_EQ(events.wait_for("json").body, "the last transcript");
  server().close(connection, 1000);
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "hangup");
}

TEST_F(LastWords, TextsAreAcceptedAfterTheHangupWhileTheStreamDelivers) {
  hang_up_without_a_server();
  EXPECT_EQ(call_.api("send_text one more"), kOk);
  const int connection = wait_for_the_kept_text();
  EXPECT_EQ(server().wait_text(connection), "one more");
  EXPECT_EQ(server().wait_close(connection).code, 1000);
  events.wait_for_final();
}

TEST_F(LastWords, OfAHangupHookAreDelivered) {
  EXPECT_EQ(call_.api("start " + server().url("/") + " mono 8k"), kOk);
  const int connection = server().wait_open().connection;
  server().wait_binary(connection);
  call_.set_variable("api_hangup_hook", "uuid_audio_stream " + call_.uuid() + R"( stop {"eof":1})");
  call_.hangup();
  EXPECT_EQ(server().wait_text(connection), R"({"eof":1})");
  EXPECT_EQ(server().wait_close(connection).code, 1000);
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "hangup");
}

TEST_F(LastWords, AreRefusedOnceTheStreamCloses) {
  std::optional<test::RawServer> unanswering{std::in_place};
  EXPECT_EQ(call_.api("start " + unanswering->url("/close-unanswered") + " mono 8k"), kOk);
  const int connection = unanswering->wait_open().connection;
  call_.hangup();
  unanswering->wait_frame(connection, test::Opcode::close);
  EXPECT_TRUE(call_.api("send_text too late").starts_with(kClosing));
  EXPECT_TRUE(call_.api("stop too late").starts_with(kClosing));
  unanswering->abort(connection);
  events.wait_for_final();
}

constexpr const char* kEof = R"({"eof":1})";

/// Streams whose end is configured, not commanded.
class ConfiguredLastWords : public ContractTest {
 protected:
  int start(const std::string& options = "") {
    EXPECT_EQ(call_->api("start " + options + running_->url("/") + " mono 8k"), kOk);
    const int connection = running_->wait_open().connection;
    running_->wait_binary(connection);
    return connection;
  }
  /// The server answers the end text and closes. Its words arrive before the final event.
  void expect_last_words(int connection, const std::string& reason) {
    running_->send_text(connection, "the last transcript");
    EXPECT_EQ(events.wait_for("json").body, "the last transcript");
    running_->close(connection, 1000);
    EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], reason);
  }
  void TearDown() override {
    call_.reset();
    running_.reset();
    ContractTest::TearDown();
  }

  std::optional<test::WebSocketServer> running_{std::in_place};
  std::optional<Call> call_{std::in_place, CallShape{.caller = Speech::tone(440),
                                                     .variables = {{"STREAM_LINGER", "20000"},
                                                                   {"STREAM_END_TEXT", kEof},
                                                                   {"STREAM_DRAIN", "30000"}}}};
};

TEST_F(ConfiguredLastWords, FollowAHangup) {
  const int connection = start();
  call_->hangup();
  EXPECT_EQ(running_->wait_text(connection), kEof);
  expect_last_words(connection, "hangup");
}

TEST_F(ConfiguredLastWords, FollowAPlainStop) {
  const int connection = start();
  EXPECT_EQ(call_->api("stop"), kOk);
  EXPECT_EQ(running_->wait_text(connection), kEof);
  expect_last_words(connection, "stop");
}

TEST_F(ConfiguredLastWords, HaveTheValuesThatVariablesHaveAtTheEnd) {
  const int connection = start(R"(end-text={"who":"${who}","why":"${hangup_cause}"} )");
  call_->set_variable("who", R"(O"Neil)");
  call_->hangup();
  EXPECT_EQ(running_->wait_text(connection), R"({"who":"O\"Neil","why":"NORMAL_CLEARING"})");
  expect_last_words(connection, "hangup");
}

TEST_F(ConfiguredLastWords, OfTheStartsOptionsWinOverTheVariables) {
  const int connection = start("drain=0 end-text=bye ");
  EXPECT_EQ(call_->api("stop"), kOk);
  EXPECT_EQ(running_->wait_text(connection), "bye");
  EXPECT_EQ(running_->wait_close(connection).code, 1000);
  events.wait_for_final();
}

TEST_F(ConfiguredLastWords, GiveWayToTheTextAndTheDrainOfAStop) {
  const int connection = start();
  EXPECT_EQ(call_->api("stop drain=0 own words"), kOk);
  EXPECT_EQ(running_->wait_text(connection), "own words");
  EXPECT_EQ(running_->wait_close(connection).code, 1000) << "with no other text before it";
  events.wait_for_final();
}

TEST_F(ConfiguredLastWords, GiveWayToAHangupHook) {
  const int connection = start();
  call_->set_variable("api_hangup_hook",
                      "uuid_audio_stream " + call_->uuid() + " stop drain=0 own words");
  call_->hangup();
  EXPECT_EQ(running_->wait_text(connection), "own words");
  EXPECT_EQ(running_->wait_close(connection).code, 1000) << "with no other text before it";
  events.wait_for_final();
}

TEST_F(ConfiguredLastWords, AreSentAtAnUnloadWhichWaitsNoLongerThanItMay) {
  const int connection = start();
  EXPECT_EQ(unload_module(true), "");
  EXPECT_EQ(running_->wait_text(connection), kEof);
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "unload");
  call_.reset();
  EXPECT_EQ(load_module(), "");
}

}  // namespace
}  // namespace contract
