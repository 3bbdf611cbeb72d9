// Unloads the module while streams are in every state, with every kind of server. It gives up after
// 2 s and stays loaded, so a successful unload was in time.
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "contract_test.hpp"

namespace contract {
namespace {

using std::chrono::steady_clock;

// What is done to the streams of a round before the unload, and which event they wait for.
struct Moment {
  const char* name;
  const char* command;  ///< sent to each stream; empty: none
  const char* event;    ///< event to wait for; null: none
  int times;
  const char* reason;  ///< of streams that still ran
};

void PrintTo(const Moment& moment, std::ostream* out) {
  *out << moment.name;
}

/// A stream for each scenario of a server, and for some networks.
struct Victim {
  std::string url;
  bool silent = false;  ///< the server never ends the stream, so the unload must
};

/// A third of the servers at a time, because a sanitized module could not end ninety calls in time.
constexpr std::size_t kShares = 3;

class Unload : public ContractTest,
               public ::testing::WithParamInterface<std::tuple<Moment, std::size_t>> {
 protected:
  // The unload must be in time although the linger is a minute.
  static CallShape shape() {
    return {.caller = Speech::tone(440), .variables = {{"STREAM_LINGER", "60000"}}};
  }

  /// All of the raw server's scenarios, from its own list.
  std::vector<Victim> victims() {
    static const std::set<std::string> silent{"normal",
                                              "never-reads",
                                              "slow-reader",
                                              "no-pong",
                                              "silent-after",
                                              "chatter",
                                              "handshake-silent",
                                              "tcp-silent",
                                              "tls-stall",
                                              "close-unanswered",
                                              "handshake-slow",
                                              "handshake-half-silent",
                                              "close-answered-by-reset"};
    // Events of ninety calls are more than a sanitized test could read in time.
    const test::ListenOptions untold{.quiet = true};
    std::vector<Victim> all;
    test::RawServer& by_path = servers_.emplace_back(test::RawServerOptions{.listen = untold});
    for (const auto& scenario : by_path.scenarios()) {
      const bool quiet = silent.contains(scenario.name);
      if (scenario.name == "at-first") {
        all.push_back({by_path.url("/at-first?case=x&n=1000&play=never-reads"), true});
      } else if (scenario.reads_request) {
        all.push_back({by_path.url("/" + scenario.name), quiet});
      } else {
        const bool tls = scenario.name.starts_with("tls");
        const auto& own = servers_.emplace_back(
            test::RawServerOptions{.listen = untold, .scenario = scenario.name});
        all.push_back({(tls ? "wss" : "ws") + own.url("/").substr(2), quiet});
      }
    }
    EXPECT_GT(all.size(), 70U) << "the server's list";
    for (const char* query : {"status?code=503", "status?code=429", "drop-after?ms=50&how=fin",
                              "redirect?code=307", "close?code=1001"}) {
      all.push_back({by_path.url(std::string{"/"} + query)});
    }
    all.push_back({"ws://127.0.0.1:9/"});                       // refused
    all.push_back({"ws://10.255.255.1:9/"});                    // no answer, or no route
    all.push_back({"wss://nobody.invalid/"});                   // no such name
    all.push_back({"wss" + by_path.url("/normal").substr(2)});  // no TLS there
    return all;
  }

  static std::vector<Victim> share_of(const std::vector<Victim>& all, std::size_t share) {
    std::vector<Victim> mine;
    for (std::size_t i = share; i < all.size(); i += kShares) mine.push_back(all[i]);
    return mine;
  }

  /// The streams' final events by call. Each must have one.
  std::map<std::string, SeenEvent> finals() const {
    std::map<std::string, SeenEvent> all;
    for (const auto& event : events.all()) {
      if (!event.final()) continue;
      EXPECT_TRUE(all.emplace(event.header("Unique-ID"), event).second) << "a second final event";
    }
    return all;
  }

  std::deque<test::RawServer> servers_;
};

TEST_P(Unload, EndsEveryStreamWithItsEventWhateverTheServerDoes) {
  const auto& [moment, share] = GetParam();
  const auto streams = share_of(victims(), share);
  std::vector<std::unique_ptr<Call>> calls;
  for (const auto& [url, silent] : streams) {
    calls.push_back(std::make_unique<Call>(shape()));
    ASSERT_EQ(calls.back()->api("start " + url + " mono 16k meta"), kOk) << url;
  }
  for (int i = 0; i < moment.times; ++i) events.wait_for(moment.event);
  if (*moment.command != '\0') {
    for (const auto& call : calls) call->api(moment.command);  // some have ended already
  }

  const auto before = finals();
  const auto begun = steady_clock::now();
  EXPECT_EQ(unload_module(true), "");
  const auto took = steady_clock::now() - begun;
  EXPECT_LT(took, std::chrono::seconds{3}) << "2 s plus the delay of a busy machine";

  // The switch delivers events on its own thread.
  events.wait_for_all([](const SeenEvent& event) { return event.final(); }, calls.size());
  const auto after = finals();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto& [url, silent] = streams[i];
    const auto found = after.find(calls[i]->uuid());
    ASSERT_NE(found, after.end()) << "no final event of " << url;
    if (before.contains(calls[i]->uuid())) continue;
    // A server may have ended its stream just before the unload.
    const std::string reason = found->second.json()["stats"]["reason"];
    const bool by_server = !silent && (reason == "server" || reason == "refused");
    EXPECT_TRUE(reason == moment.reason || by_server) << url << ": " << found->second.body;
  }
  calls.clear();
  servers_.clear();
  EXPECT_EQ(load_module(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Moments, Unload,
    ::testing::Combine(
        ::testing::Values(Moment{"at once", "", "", 0, "unload"},
                          Moment{"some connected", "", "connect", 6, "unload"},
                          Moment{"some lost", "", "disconnect", 6, "unload"},
                          Moment{"many failed", "", "error", 13, "unload"},
                          Moment{"paused", "pause", "connect", 6, "unload"},
                          Moment{"draining while they connect", "stop bye", "", 0, "stop"},
                          Moment{"draining", "stop bye", "connect", 6, "stop"},
                          Moment{"listening", "graceful-shutdown bye", "connect", 6, "stop"},
                          Moment{"listening for long", "stop drain=60000", "connect", 6, "stop"}),
        ::testing::Range(std::size_t{0}, kShares)));

}  // namespace
}  // namespace contract
