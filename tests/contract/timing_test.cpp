// How long the switch's threads are kept by us. Figures, for whoever runs this by hand: a machine
// that others use as well proves nothing by them, so nothing is asserted about time.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "contract_test.hpp"

namespace contract {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr int kRounds = 20;

class Timing : public ContractTest {
 protected:
  /// Runs `command` and keeps how long it took.
  template <class Command>
  void timed(std::vector<double>& into, const Command& command) {
    const auto begin = Clock::now();
    command();
    into.push_back(Microseconds{Clock::now() - begin}.count());
  }

  static void tell(const std::string& what, std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    std::printf("%-44s median %7.0f us, worst %7.0f us\n", what.c_str(), times[times.size() / 2],
                times.back());
  }

  /// All that can be told a stream of this server, over and over.
  void run_commands(const std::string& server, const std::string& url) {
    std::vector<double> starts;
    std::vector<double> texts;
    std::vector<double> stops;
    const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_LINGER", "100"}}}};
    for (int i = 0; i < kRounds; ++i) {
      timed(starts, [&] { EXPECT_EQ(call.api("start " + url + " mono 16k"), kOk); });
      // Some of these servers end the stream before it is told anything: an answer all the same.
      timed(texts, [&] { call.api("send_text hello"); });
      timed(texts, [&] { call.api("pause"); });
      timed(stops, [&] { call.api("stop"); });
      events.wait_for_final();
    }
    tell(server + ": start", starts);
    tell(server + ": send_text, pause", texts);
    tell(server + ": stop", stops);
  }
};

TEST_F(Timing, OfCommands) {
  test::WebSocketServer healthy;
  test::RawServer raw;
  run_commands("a healthy server", healthy.url("/"));
  run_commands("one that is silent in the handshake", raw.url("/handshake-silent"));
  run_commands("one that breaks the protocol", raw.url("/text-masked"));
  run_commands("one that nobody runs", "ws://127.0.0.1:9/");
  run_commands("one that no way leads to", "ws://10.255.255.1:9/");
  run_commands("a name that does not exist", "wss://nobody.invalid/");
}

TEST_F(Timing, OfAHangup) {
  test::WebSocketServer server;
  std::vector<double> without;
  std::vector<double> with;
  for (int i = 0; i < kRounds; ++i) {
    for (const bool streaming : {false, true}) {
      Call call{{.caller = Speech::tone(440)}};
      if (streaming) {
        EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
        server.wait_binary(server.wait_open().connection);
      }
      timed(streaming ? with : without, [&] { call.hangup(); });
      if (streaming) events.wait_for_final();
    }
  }
  tell("the whole hangup of a call without a stream", without);
  tell("the same with one", with);
}

}  // namespace
}  // namespace contract
