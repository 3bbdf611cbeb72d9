// What happens to the call when its stream has ended by itself: on-close and on-failure.
#include <optional>
#include <string>

#include "contract_test.hpp"

namespace contract {
namespace {

class EndActions : public ContractTest {
 protected:
  /// Starts a stream, and returns the number of its connection.
  int start(const std::string& options) {
    EXPECT_EQ(call_->api("start " + options + " " + running_->url("/") + " mono 8k"), kOk);
    const int connection = running_->wait_open().connection;
    running_->wait_binary(connection);
    return connection;
  }
  /// Starts a stream that no server takes.
  void start_without_a_server(const std::string& options) {
    running_->refuse_next(1, 401);
    EXPECT_EQ(call_->api("start " + options + " " + running_->url("/") + " mono 8k"), kOk);
  }
  [[nodiscard]] static std::string transferred_to(const std::string& where) {
    return " to XML[" + where + "]";
  }
  /// The call is still there, and no action followed the stream's end.
  void expect_no_action() {
    EXPECT_EQ(call_->api("start name=after " + running_->url("/") + " mono 8k"), kOk);
    EXPECT_EQ(call_->api("stop name=after"), kOk);
    events.wait_for_final("after");
    EXPECT_FALSE(log_.holds(transferred_to("")));
    EXPECT_EQ(call_->variable("transfer_source"), "");
  }
  void wait_for_hangup() { EXPECT_TRUE(log_.wait_for("Hangup ")) << "the call goes on"; }
  void TearDown() override {
    call_.reset();
    running_.reset();
    ContractTest::TearDown();
  }

  LogRecorder log_;
  std::optional<test::WebSocketServer> running_{std::in_place};
  std::optional<Call> call_{std::in_place, CallShape{.caller = Speech::tone(440)}};
};

TEST_F(EndActions, ACleanCloseOfTheServerHangsUp) {
  running_->close(start("on-close=hangup"), 1000);
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "server");
  wait_for_hangup();
}

TEST_F(EndActions, ACleanCloseOfTheServerTransfers) {
  running_->close(start("on-close=transfer:1001:XML:people on-failure=hangup"), 1000);
  events.wait_for_final();
  EXPECT_TRUE(log_.wait_for(transferred_to("1001@people")));
}

TEST_F(EndActions, WithoutOneTheCallGoesOn) {
  running_->close(start("on-failure=transfer:1001"), 1000);
  events.wait_for_final();
  expect_no_action();
}

TEST_F(EndActions, ARefusedStreamTransfers) {
  call_->set_variable("STREAM_ON_FAILURE", "transfer:1002:XML:people");
  start_without_a_server("on-close=hangup");
  EXPECT_EQ(events.wait_for_final().name, "error");
  EXPECT_TRUE(log_.wait_for(transferred_to("1002@people")));
}

TEST_F(EndActions, AStreamThatLosesItsServerHangsUp) {
  call_->set_variable("STREAM_NO_RECONNECT", "true");
  running_->close(start("on-failure=hangup"), 1011);
  events.wait_for_final();
  wait_for_hangup();
}

TEST_F(EndActions, AFailureWithoutOneChangesNothing) {
  start_without_a_server("on-close=hangup");
  EXPECT_EQ(events.wait_for_final().name, "error");
  expect_no_action();
}

TEST_F(EndActions, AStopIsNoClose) {
  start("on-close=transfer:1001 on-failure=transfer:1002");
  EXPECT_EQ(call_->api("stop"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "stop");
  expect_no_action();
}

TEST_F(EndActions, AHangupIsNoClose) {
  start("on-close=transfer:1001 on-failure=transfer:1002");
  call_->hangup();
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "hangup");
  EXPECT_FALSE(log_.holds(transferred_to("100")));
}

TEST_F(EndActions, AnUnloadIsNoClose) {
  start("on-close=hangup on-failure=hangup");
  EXPECT_EQ(unload_module(true), "");
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "unload");
  EXPECT_FALSE(log_.holds("Hangup "));
  call_.reset();
  EXPECT_EQ(load_module(), "");
}

TEST_F(EndActions, ABadOneIsNamed) {
  const std::string reply =
      call_->api("start on-close=transfer " + running_->url("/") + " mono 8k");
  EXPECT_TRUE(reply.starts_with("-ERR invalid on-close \"transfer\": not continue, hangup or "))
      << reply;
}

}  // namespace
}  // namespace contract
