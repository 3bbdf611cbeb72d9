// The core uses a frame after the bugs: it encodes written frames and gives read ones to an
// application. A stream that put its audio into the frame may have ended by then.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "contract_test.hpp"
#include "simulator/call.hpp"
#include "support/wait.hpp"

namespace contract {
namespace {

using simulator::AudioSource;
using simulator::HeardFrame;

// A stream without a hook ends within a few milliseconds after its final event.
constexpr std::chrono::milliseconds kLongAfterTheEnd{300};

class ReplacedFrame : public ContractTest {
 protected:
  void play(const simulator::Call& call, const std::string& options) {
    EXPECT_EQ(
        api(call.uuid() + " start playback=on " + options + " -- " + server_->url("/") + " mono"),
        kOk);
    const auto connection = server_->wait_open().connection;
    std::vector<std::int16_t> samples(5 * std::size_t{8000});
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = static_cast<std::int16_t>(8000 * std::sin(static_cast<double>(i)));
    }
    server_->send_binary(connection, {reinterpret_cast<const std::uint8_t*>(samples.data()),
                                      samples.size() * sizeof(std::int16_t)});
  }

  /// Ends the stream and waits until it has released everything.
  void end_all_of(const simulator::Call& call) {
    EXPECT_EQ(api(call.uuid() + " stop"), kOk);
    events.wait_for_final();
    EXPECT_TRUE(test::eventually([] { return unload_module().empty(); }));
    EXPECT_EQ(load_module(), "");
  }

  static bool is_loud(const HeardFrame& frame) {
    return std::ranges::any_of(frame.samples,
                               [](std::int16_t sample) { return std::abs(int{sample}) > 1000; });
  }

  void TearDown() override {
    server_.reset();
    ContractTest::TearDown();
  }

 private:
  std::optional<test::WebSocketServer> server_{std::in_place};
};

TEST_F(ReplacedFrame, IsEncodedAfterTheStreamsEnd) {
  for (const char* codec : {"PCMU", "L16"}) {
    std::atomic<bool> playing{false};
    test::Guarded<bool> heard{false};
    simulator::Call call{
        {.codec = codec, .read = AudioSource::silence(), .write = AudioSource::silence()}};
    bool ended = false;
    call.on_encode([&] {
      if (!playing || ended) return;
      ended = true;
      end_all_of(call);
    });
    call.on_heard([&](const HeardFrame& frame) {
      if (ended) {
        heard.change([](bool& yes) { yes = true; });
      } else if (is_loud(frame)) {
        playing = true;
      }
    });
    play(call, "");
    EXPECT_TRUE(heard.wait([](bool yes) { return yes; }));
    call.on_encode({});
    call.on_heard({});
  }
}

TEST_F(ReplacedFrame, IsTheApplicationsAfterTheStreamsEnd) {
  test::Guarded<bool> read{false};
  simulator::Call call{
      {.codec = "L16", .read = AudioSource::silence(), .write = AudioSource::silence()}};
  bool ended = false;
  call.on_read([&](const HeardFrame& frame) {
    if (ended || !is_loud(frame)) return;
    ended = true;
    end_all_of(call);
    EXPECT_TRUE(is_loud(frame)) << "the application owns it until it reads the next one";
    read.change([](bool& yes) { yes = true; });
  });
  play(call, "play-to=callee");
  EXPECT_TRUE(read.wait([](bool yes) { return yes; }));
  call.on_read({});
}

// If nothing else writes to the call, the module writes in a hook of the core. Its code must stay
// mapped until the write returns, which an endpoint may delay.
TEST_F(ReplacedFrame, KeepsTheModuleLoadedWhileItWritesIt) {
  test::Guarded<bool> written{false};
  simulator::Call call{{.read = AudioSource::silence()}};
  bool ended = false;
  call.on_encode([&] {
    if (std::exchange(ended, true)) return;
    EXPECT_EQ(api(call.uuid() + " stop"), kOk);
    events.wait_for_final();
    EXPECT_FALSE(test::eventually([] { return unload_module().empty(); }, kLongAfterTheEnd));
    written.change([](bool& yes) { yes = true; });
  });
  play(call, "");
  EXPECT_TRUE(written.wait([](bool yes) { return yes; }));
  call.on_encode({});
}

}  // namespace
}  // namespace contract
