// Measures how long the module keeps the switch's threads. For commands one of three medians must
// keep the bound, because the machine runs other processes; a build with sanitizers only prints the
// figures. For a whole hangup the figures are only printed, because most of it is the switch's own
// time; simulated_calls_test.cpp measures the module's part.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "contract_test.hpp"
#include "support/sanitizers.hpp"

namespace contract {
namespace {

using std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;
using Times = std::vector<double>;
using ChannelVariables = std::map<std::string, std::string>;

constexpr int kRounds = 20;
constexpr int kTries = 3;
constexpr double kCommand = 5000;  // us

class Timing : public ContractTest {
 protected:
  /// Runs `command` and records its time.
  template <class Command>
  void timed(Times& into, const Command& command) {
    const auto begin = steady_clock::now();
    command();
    into.push_back(Microseconds{steady_clock::now() - begin}.count());
  }

  static double median(Times& times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }

  static double tell(const std::string& what, Times& times) {
    const double middle = median(times);
    std::printf("%-52s median %7.0f us, worst %7.0f us\n", what.c_str(), middle, times.back());
    return middle;
  }

  /// `measured` returns a time. One of three measurements must be below `bound`.
  static void expect_below(double bound, const std::string& what,
                           const std::function<double()>& measured) {
    double least = measured();
    for (int i = 1; i < kTries && least >= bound && !test::kSanitized; ++i) {
      least = std::min(least, measured());
    }
    if (!test::kSanitized) {
      EXPECT_LT(least, bound) << what;
    }
  }

  /// Runs all commands of a stream of this server repeatedly. Returns the slowest median.
  double run_commands(const std::string& server, const std::string& url,
                      ChannelVariables variables) {
    std::map<std::string, Times> times;
    variables["STREAM_LINGER"] = "30";
    const Call call{{.caller = Speech::tone(440), .variables = variables}};
    for (int i = 0; i < kRounds; ++i) {
      timed(times["start"], [&] { EXPECT_EQ(call.api("start " + url + " mono 16k"), kOk); });
      // Some of these servers end the stream early. The command still gets its reply.
      for (const char* command : {"send_text hello", "pause", "resume", "clear", "stop"}) {
        timed(times[command], [&] { call.api(command); });
      }
      events.wait_for_final();
    }
    double slowest = 0;
    for (auto& [command, each] : times) {
      slowest = std::max(slowest, tell(server + ": " + command, each));
    }
    return slowest;
  }

  void expect_fast(const std::string& server, const std::string& url,
                   const ChannelVariables& variables = {}) {
    expect_below(kCommand, "a command, " + server,
                 [&] { return run_commands(server, url, variables); });
  }
};

TEST_F(Timing, OfCommands) {
  test::WebSocketServer healthy;
  test::RawServer raw;
  test::RawServer tls_stalled{{.scenario = "tls-stall"}};
  test::RawServer silent{{.scenario = "tcp-silent"}};
  expect_fast("a healthy server", healthy.url("/"));
  expect_fast("one that never reads", raw.url("/never-reads"));
  expect_fast("one that is silent in the handshake", raw.url("/handshake-silent"));
  expect_fast("one that stalls in TLS", "wss" + tls_stalled.url("/").substr(2));
  expect_fast("one that breaks the protocol", raw.url("/text-masked"));
  expect_fast("one that nobody runs", "ws://127.0.0.1:9/");
  expect_fast("one that no way leads to", "ws://10.255.255.1:9/");
  expect_fast("a name that does not exist", "wss://nobody.invalid/");
  expect_fast("a silent proxy", healthy.url("/"),
              {{"STREAM_PROXY", "http://127.0.0.1:" + std::to_string(silent.port())}});
}

TEST_F(Timing, OfAHangup) {
  test::WebSocketServer server;
  Times without;
  Times with;
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
