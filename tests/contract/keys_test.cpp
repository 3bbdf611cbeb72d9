// The caller's keys: they reach the stream when the switch has them, once, whatever application
// runs. They stay with the applications unless the stream takes them.
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "contract_test.hpp"
#include "support/wait.hpp"

namespace contract {
namespace {

/// Records the digits that applications fetched, until its destructor.
class FetchedDigits {
 public:
  FetchedDigits() {
    switch_event_bind_removable("keys_test", SWITCH_EVENT_DTMF, nullptr, on_event, this, &node_);
  }
  FetchedDigits(const FetchedDigits&) = delete;
  FetchedDigits& operator=(const FetchedDigits&) = delete;
  ~FetchedDigits() { switch_event_unbind(&node_); }

  [[nodiscard]] std::string all() const {
    const std::lock_guard lock{mutex_};
    return all_;
  }

 private:
  static void on_event(switch_event_t* event) {
    auto* self = static_cast<FetchedDigits*>(event->bind_user_data);
    const char* digit = switch_event_get_header(event, "DTMF-Digit");
    const std::lock_guard lock{self->mutex_};
    if (digit != nullptr) self->all_ += digit;
  }

  switch_event_node_t* node_ = nullptr;
  mutable std::mutex mutex_;
  std::string all_;  // guarded by mutex_
};

class Keys : public ContractTest {
 protected:
  int start(const std::string& options) {
    EXPECT_EQ(call().api("start " + options + " " + server().url("/") + " mono 8k"), kOk);
    return server().wait_open().connection;
  }
  /// As an endpoint or the RTP stack passes a digit to the core.
  void receive(char digit, std::int32_t flags = 0, std::uint32_t duration = 2000) {
    switch_core_session_t* session = switch_core_session_locate(call().uuid().c_str());
    ASSERT_NE(session, nullptr);
    const switch_dtmf_t dtmf{digit, duration, flags, SWITCH_DTMF_RTP};
    switch_channel_queue_dtmf(switch_core_session_get_channel(session), &dtmf);
    switch_core_session_rwunlock(session);
  }
  nlohmann::json told(int connection) {
    return nlohmann::json::parse(server().wait_text(connection));
  }
  std::string key_told(int connection) { return told(connection)["digit"]; }

  /// The core loses the memory of digits that nobody has fetched at the hangup.
  void fetch_the_rest() {
    switch_core_session_t* session = switch_core_session_locate(call().uuid().c_str());
    if (session == nullptr) return;
    switch_channel_t* channel = switch_core_session_get_channel(session);
    switch_dtmf_t dtmf{};
    while (switch_channel_has_dtmf(channel) > 0) switch_channel_dequeue_dtmf(channel, &dtmf);
    switch_core_session_rwunlock(session);
  }

  // Ends before the check for leaks.
  void TearDown() override {
    fetch_the_rest();
    call_.reset();
    server_.reset();
    ContractTest::TearDown();
  }

  Call& call() { return *call_; }
  test::WebSocketServer& server() { return *server_; }

 private:
  std::optional<test::WebSocketServer> server_{std::in_place};
  std::optional<Call> call_{std::in_place, CallShape{.caller = Speech::silence()}};
};

TEST_F(Keys, AreToldOnceToEachStreamOfTheCall) {
  const int one = start("dtmf=on name=one");
  const int other = start("dtmf=on name=other");
  receive('1', 0, 800);
  receive('#');
  for (const int connection : {one, other}) {
    EXPECT_EQ(told(connection),
              (nlohmann::json{{"type", "dtmf"}, {"digit", "1"}, {"duration_ms", 100}}));
    EXPECT_EQ(key_told(connection), "#");
  }
  EXPECT_EQ(call().api("stop name=one"), kOk);
  events.wait_for_final("one");
  receive('2');
  EXPECT_EQ(key_told(other), "2") << "the stream that is left still hears";
}

// A call on hold reads nothing, so no application fetches a digit.
TEST_F(Keys, AreToldWithoutAnApplicationThatFetchesThem) {
  const int connection = start("dtmf=on");
  const FetchedDigits fetched;
  call().hold(true);
  receive('5');
  EXPECT_EQ(key_told(connection), "5");
  call().hold(false);
  EXPECT_TRUE(test::eventually([&] { return fetched.all() == "5"; }, std::chrono::seconds{10}))
      << "the application gets it too";
}

TEST_F(Keys, StayWithTheStreamThatConsumesThem) {
  const FetchedDigits fetched;
  const int connection = start("dtmf=on dtmf-consume=on");
  receive('1');
  EXPECT_EQ(key_told(connection), "1");
  EXPECT_EQ(call().api("stop"), kOk);
  events.wait_for_final();
  receive('2');
  EXPECT_TRUE(test::eventually([&] { return !fetched.all().empty(); }, std::chrono::seconds{10}));
  EXPECT_EQ(fetched.all(), "2");
}

TEST_F(Keys, ThatTheCallSendsAreNotTheCallers) {
  const int connection = start("dtmf=on");
  receive('1', DTMF_FLAG_SKIP_PROCESS);  // as queue_dtmf has it
  receive('2');
  EXPECT_EQ(key_told(connection), "2");
}

TEST_F(Keys, ThatAreSensitiveStopPlaybackAndAreNotTold) {
  // Consumed, because the core loses the memory of a sensitive digit that is fetched.
  const int connection = start("playback=on barge-in=dtmf dtmf=on dtmf-consume=on");
  const std::vector<std::uint8_t> seconds(std::size_t{16'000} * 10, 1);
  server().send_binary(connection, {seconds.data(), seconds.size()});
  server().send_text(connection, R"({"type":"mark","name":"end"})");
  call().set_variable("sensitive_dtmf", "true");
  EXPECT_TRUE(test::eventually(
      [&] {
        receive('1');  // until playback has begun
        return server().counters()[connection].texts > 0;
      },
      std::chrono::seconds{10}));
  auto text = told(connection);
  while (text["type"] == "mark") text = told(connection);
  EXPECT_EQ(text["type"], "cleared");
  EXPECT_EQ(text["reason"], "dtmf");
  call().set_variable("sensitive_dtmf", "false");
  receive('2');
  while (text["type"] != "dtmf") text = told(connection);
  EXPECT_EQ(text["digit"], "2");
}

// Card numbers are typed.
TEST_F(Keys, ThatArePressedBehindAMaskAreNotTold) {
  const int connection = start("dtmf=on");
  ASSERT_EQ(call().api("mask on"), kOk);
  receive('1');
  ASSERT_EQ(call().api("mask off"), kOk);
  receive('2');
  auto text = told(connection);
  while (text["type"] != "dtmf") text = told(connection);
  EXPECT_EQ(text["digit"], "2");
}

TEST_F(Keys, OfACallWhoseStreamsHaveEndedRunNoCodeOfTheModule) {
  start("dtmf=on");
  EXPECT_EQ(call().api("stop"), kOk);
  events.wait_for_final();
  ASSERT_EQ(unload_idle_module(), "");
  const FetchedDigits fetched;
  receive('3');
  EXPECT_TRUE(test::eventually([&] { return fetched.all() == "3"; }, std::chrono::seconds{10}));
  ASSERT_EQ(load_module(), "");
}

TEST_F(Keys, DuringAHangupAreHarmless) {
  start("dtmf=on dtmf-consume=on");
  for (int i = 0; i < 20; ++i) receive('4');
  call().hangup();
  events.wait_for_final();
}

}  // namespace
}  // namespace contract
