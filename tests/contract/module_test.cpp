// Loading and unloading.
#include <algorithm>
#include <atomic>
#include <thread>

#include "contract_test.hpp"

namespace contract {
namespace {

using Module = ContractTest;

TEST_F(Module, IsNotUnloadedWhileAStreamLives) {
  test::WebSocketServer server;
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  events.wait_for("connect");
  EXPECT_EQ(unload_module(), "Module in use.");
  EXPECT_EQ(call.api("send_text still here"), kOk);
  EXPECT_EQ(server.wait_text(server.wait_open().connection), "still here");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Module, ARefusedStartDoesNotPreventItsUnload) {
  const Call call;
  EXPECT_TRUE(call.api("start ws://:0/ mono").starts_with("-ERR"));
  EXPECT_EQ(unload_idle_module(), "");
  EXPECT_EQ(load_module(), "");
}

TEST_F(Module, ReloadsAgainAndAgain) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(440)}};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
    server.wait_binary(server.wait_open().connection);
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
    ASSERT_EQ(unload_idle_module(), "");
    EXPECT_FALSE(api("").starts_with("-USAGE")) << "the module's command was removed";
    ASSERT_EQ(load_module(), "");
  }
}

TEST_F(Module, ManyCallsShareAFewThreads) {
  constexpr int kCalls = 20;
  test::WebSocketServer server;
  const auto threads = [] { return test::resources_now().threads.size(); };
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < kCalls; ++i) calls.push_back(std::make_unique<Call>());
  const std::size_t before = threads();
  for (const auto& call : calls) {
    EXPECT_EQ(call->api("start " + server.url("/") + " mixed 16k"), kOk);
  }
  for (int i = 0; i < kCalls; ++i) events.wait_for("connect");
  EXPECT_EQ(threads(), before) << "no thread for each stream";
  for (const auto& call : calls) call->hangup();
  for (int i = 0; i < kCalls; ++i) events.wait_for_final();
}

TEST_F(Module, StartsStopsAndHangupsMayRaceAndEveryStreamEndsOnce) {
  test::WebSocketServer server{{.binary_events = false}};
  constexpr int kRounds = 20;
  std::atomic<std::size_t> started{0};
  for (int round = 0; round < kRounds; ++round) {
    Call call{{.caller = Speech::tone(440)}};
    std::thread starter{[&] {
      for (int i = 0; i < 5; ++i) {
        if (call.api("start " + server.url("/") + " stereo 16k meta") == kOk) ++started;
      }
    }};
    std::thread stopper{[&] {
      for (int i = 0; i < 5; ++i) call.api("stop bye");
    }};
    std::thread other{[&] {
      call.api("pause");
      call.api("send_text x");
      call.api("resume");
    }};
    if (round % 2 == 0) call.hangup();
    starter.join();
    stopper.join();
    other.join();
    call.hangup();
  }
  for (std::size_t i = 0; i < started; ++i) events.wait_for_final();
  const auto all = events.all();
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& event) { return event.final(); }),
            static_cast<std::ptrdiff_t>(started));
}

}  // namespace
}  // namespace contract
