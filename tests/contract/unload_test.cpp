// The module goes while streams are in every state, to servers of every kind. It gives up after 2 s
// and stays then, so a module that is gone was in time.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "contract_test.hpp"

namespace contract {
namespace {

// What the streams of each round are to have told before the module goes.
struct Moment {
  const char* name;
  const char* event;  ///< none: at once
  int times;
};

void PrintTo(const Moment& moment, std::ostream* out) {
  *out << moment.name;
}

class Unload : public ContractTest, public ::testing::WithParamInterface<Moment> {
 protected:
  static constexpr const char* kScenarios[] = {"/",
                                               "/handshake-silent",
                                               "/handshake-half-silent",
                                               "/handshake-half-close",
                                               "/handshake-wrong-accept",
                                               "/handshake-garbage",
                                               "/handshake-huge-header",
                                               "/handshake-slow",
                                               "/never-reads",
                                               "/slow-reader",
                                               "/silent-after",
                                               "/ping-flood",
                                               "/close-unanswered",
                                               "/close-keep-tcp",
                                               "/text-oversized",
                                               "/text-byte-by-byte",
                                               "/status?code=503",
                                               "/status?code=429",
                                               "/status-endless-body",
                                               "/redirect",
                                               "/handshake-then-reset",
                                               "/handshake-then-fin",
                                               "/frame-cut-off",
                                               "/drop-after?ms=50&how=reset",
                                               "/text-masked",
                                               "/opcode-unknown",
                                               "/reserved-bits",
                                               "/continuation-first",
                                               "/fragments-interleaved"};
};

TEST_P(Unload, EndsEveryStreamWithItsEventWhateverItsServerDoes) {
  std::vector<std::string> urls;
  auto raw = std::make_unique<test::RawServer>();
  for (const char* path : kScenarios) urls.push_back(raw->url(path));
  urls.emplace_back("ws://127.0.0.1:9/");           // refused
  urls.emplace_back("ws://10.255.255.1:9/");        // no answer, or no route
  urls.emplace_back("wss://nobody.invalid/");       // no such name
  urls.push_back("wss" + raw->url("/").substr(2));  // no TLS there

  std::vector<std::unique_ptr<Call>> calls;
  for (const std::string& url : urls) {
    calls.push_back(std::make_unique<Call>(CallShape{.caller = Speech::tone(440)}));
    ASSERT_EQ(calls.back()->api("start " + url + " mono 16k meta"), kOk) << url;
  }
  for (int i = 0; i < GetParam().times; ++i) events.wait_for(GetParam().event);

  EXPECT_EQ(unload_module(true), "");
  std::map<std::string, int> finals;
  for (const auto& event : events.all()) {
    if (event.final()) ++finals[event.header("Unique-ID")];
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(finals[calls[i]->uuid()], 1) << urls[i];
  }
  calls.clear();
  raw.reset();
  EXPECT_EQ(load_module(), "");
}

INSTANTIATE_TEST_SUITE_P(Moments, Unload,
                         ::testing::Values(Moment{"at once", "", 0},
                                           Moment{"some connected", "connect", 4},
                                           Moment{"some lost", "disconnect", 6},
                                           Moment{"many failed", "error", 20}));

}  // namespace
}  // namespace contract
