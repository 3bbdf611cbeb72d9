// No stream can harm another: a two-way stream, the victim, runs beside a hostile one on the same
// I/O thread. The victim loses nothing, and its longest gap in each direction stays short.
// Sanitizers slow everything down, so with them no times are judged and the attacks are short.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "contract_test.hpp"
#include "support/direct_server.hpp"
#include "support/sanitizers.hpp"

namespace contract {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kText = 1;
constexpr int kBinary = 2;
constexpr int kPing = 9;

// One of these tries must keep the bound: the machine runs other processes too.
constexpr int kTries = test::kSanitized ? 1 : 5;
constexpr double kLongestGap = test::kSanitized ? 5000 : 60;  // ms
constexpr milliseconds kAttack{test::kSanitized ? 200 : 700};

/// The victim's longest gaps in ms.
struct Gaps {
  double up = 0;    ///< between two packets at the server
  double down = 0;  ///< silence where the server's audio should have been
};

/// A call whose server sends 20 ms of audio every 20 ms and measures when packets arrive.
class Victim {
 public:
  explicit Victim(EventRecorder& events) : events_{events} {
    EXPECT_EQ(call_.api("start name=victim playback=on -- " + server_.url() + " mono 8k"), kOk);
    EXPECT_TRUE(test::eventually([this] { return packets_ > 10; }));
    forget();
  }
  /// Discards earlier measurements.
  void forget() { longest_us_ = 0; }
  [[nodiscard]] double longest_ms() const { return static_cast<double>(longest_us_) / 1000; }
  Gaps stop() {
    Gaps gaps{longest_ms(), 0};
    EXPECT_EQ(call_.api("stop name=victim"), kOk);
    const auto stats = events_.wait_for_final("victim").json()["stats"];
    gaps.down = stats["playback"]["underrun_ms"].get<double>();
    for (const auto& [why, dropped_ms] : stats["dropped_ms"].items()) {
      if (why == "undelivered") continue;
      EXPECT_EQ(dropped_ms, 0) << why;
    }
    return gaps;
  }

 private:
  void serve(test::DirectConnection& connection) {
    if (!connection.accept()) return;
    std::atomic<bool> gone{false};
    std::thread speaker{[&] {
      const std::string audio = test::server_frame(kBinary, std::string(320, '\1'));
      auto next = steady_clock::now();
      while (!gone && connection.send(audio)) {
        next += milliseconds{20};
        std::this_thread::sleep_until(next);  // in real time
      }
    }};
    int opcode = 0;
    std::string payload;
    auto last = steady_clock::now();
    while (connection.receive(opcode, payload)) {
      if (opcode == 8) connection.send(test::server_frame(8, payload));
      if (opcode != kBinary) continue;
      const auto now = steady_clock::now();
      const auto gap = std::chrono::duration_cast<std::chrono::microseconds>(now - last).count();
      last = now;
      ++packets_;
      longest_us_ = std::max<std::int64_t>(longest_us_, gap);
    }
    gone = true;
    speaker.join();
  }

  EventRecorder& events_;
  std::atomic<int> packets_{0};
  std::atomic<std::int64_t> longest_us_{0};
  test::DirectServer server_{[this](test::DirectConnection& connection) { serve(connection); }};
  Call call_{{.caller = Speech::tone(440)}};
};

class Isolation : public ContractTest {
 protected:
  Isolation() {
    EXPECT_EQ(unload_idle_module(), "");
    configure(R"(<configuration name="audio_stream.conf" description="a test"><settings>)"
              R"(<param name="io-threads" value="1"/></settings></configuration>)");
    EXPECT_EQ(load_module(), "");
  }
  void TearDown() override {
    remove_configuration();
    ContractTest::TearDown();
  }

  /// The victim's gaps beside `hostile`.
  Gaps beside(const std::function<void()>& hostile) {
    Victim victim{events};
    hostile();
    return victim.stop();
  }
  /// The victim's gaps without a hostile stream, caused by machine load or a sanitizer.
  Gaps floor() {
    static const Gaps alone = beside([] { std::this_thread::sleep_for(kAttack); });
    return alone;
  }
  void expect_short(const std::string& what, const std::function<Gaps()>& measured) {
    const double slack = std::max(0.0, floor().up - 20);
    const double most_up = kLongestGap + slack;
    const double most_down = floor().down + (test::kSanitized ? kLongestGap : 20) + slack;
    Gaps least{1e9, 1e9};
    for (int i = 0; i < kTries && (least.up > most_up || least.down > most_down); ++i) {
      const Gaps gaps = measured();
      if (gaps.up + gaps.down < least.up + least.down) least = gaps;
    }
    std::printf("%-40s up %6.1f ms, down %6.1f ms (alone %.1f, %.1f)\n", what.c_str(), least.up,
                least.down, floor().up, floor().down);
    EXPECT_LT(least.up, most_up) << what;
    EXPECT_LE(least.down, most_down) << what;
  }

  /// A stream whose server repeats these frames for the time of an attack.
  void attack(const std::string& options, const std::vector<std::string>& frames) {
    std::atomic<bool> opened{false};
    test::DirectServer server{[&](test::DirectConnection& connection) {
      if (!connection.accept()) return;
      opened = true;
      for (std::size_t i = 0; connection.send(frames[i % frames.size()]); ++i) {
        if (!connection.discard()) return;
      }
    }};
    const Call call{{.variables = {{"STREAM_NO_RECONNECT", "true"},
                                   {"STREAM_LINGER", "100"},
                                   {"STREAM_SUPPRESS_LOG", "true"}}}};
    EXPECT_EQ(call.api("start name=hostile " + options + " -- " + server.url() + " mono 8k"), kOk);
    EXPECT_TRUE(test::eventually([&] { return opened.load(); }));
    std::this_thread::sleep_for(kAttack);  // the length of the attack
    call.api("stop name=hostile");
    events.wait_for_final("hostile", std::chrono::seconds{20});
  }

  void expect_no_harm(const std::string& what, const std::vector<std::string>& frames) {
    for (const char* options : {"playback=on", "playback=off"}) {
      expect_short(what + ", " + options, [&] { return beside([&] { attack(options, frames); }); });
    }
  }
};

std::string repeated(const std::string& part, std::size_t size) {
  std::string all;
  all.reserve(size + part.size());
  while (all.size() < size) all += part;
  return all;
}

/// Messages of that shape: below the size that an I/O thread reads itself, above it, and at the
/// limit of a message.
std::vector<std::string> sizes_of(const std::function<std::string(std::size_t size)>& shape,
                                  int opcode = kText) {
  std::vector<std::string> frames;
  constexpr std::size_t kOverhead = 256;
  for (const int kib : {1, 60, 60, 60, 60, 64, 64, 70, 70, 1024, 1024, 16 * 1024}) {
    frames.push_back(
        test::server_frame(opcode, shape(static_cast<std::size_t>(kib) * 1024 - kOverhead)));
  }
  return frames;
}

std::string streamed(const std::string& type, std::size_t size) {
  return R"({"type":"streamAudio","data":{"audioDataType":")" + type +
         R"(","sampleRate":24000,"audioData":")" + repeated("AAAA", size / 4 * 4 - 128) + R"("}})";
}

TEST_F(Isolation, FromPlainTexts) {
  expect_no_harm("plain texts", sizes_of([](std::size_t size) { return std::string(size, 'x'); }));
}

TEST_F(Isolation, FromObjectsOfManyMembers) {
  const auto members = [](const std::string& begin, const std::string& end) {
    return [begin, end](std::size_t size) {
      std::string text = begin;
      for (int i = 0; text.size() + end.size() + 16 < size; ++i) {
        text += "\"" + std::to_string(i) + "\":0,";
      }
      return text + "\"z\":0" + end;
    };
  };
  expect_no_harm("many members", sizes_of(members("{", "}")));
  expect_no_harm("many members beside audio",
                 sizes_of(members(R"({"type":"streamAudio","data":{)", "}}")));
}

TEST_F(Isolation, FromDeepNesting) {
  expect_no_harm("brackets", sizes_of([](std::size_t size) {
                   return R"({"type":"clear","x":)" + std::string(size / 2, '{');
                 }));
}

TEST_F(Isolation, FromAudioInTexts) {
  expect_no_harm("streamAudio raw",
                 sizes_of([](std::size_t size) { return streamed("raw", size); }));
  expect_no_harm("streamAudio mp3",
                 sizes_of([](std::size_t size) { return streamed("mp3", size); }));
}

TEST_F(Isolation, FromBinaryMessages) {
  expect_no_harm("binary zeros",
                 sizes_of([](std::size_t size) { return std::string(size, '\0'); }, kBinary));
  expect_no_harm("binary text",
                 sizes_of([](std::size_t size) { return std::string(size, 'x'); }, kBinary));
}

TEST_F(Isolation, FromBursts) {
  const auto text = [](const std::string& json) { return test::server_frame(kText, json); };
  const std::string audio = test::server_frame(kBinary, std::string(2, '\1'));
  const std::string clear = text(R"({"type":"clear"})");
  const std::string mark = text(R"({"type":"mark","name":"m"})");
  expect_no_harm("tiny texts", {repeated(text("x"), 100'000)});
  expect_no_harm("empty texts", {repeated(text(""), 100'000)});
  expect_no_harm("marks and clears", {repeated(mark, 300'000) + clear});
  expect_no_harm("marks behind audio", {audio + repeated(mark, 400'000)});
  expect_no_harm("clears", {repeated(clear, 300'000)});
  expect_no_harm("audio and clears", {repeated(audio + clear, 300'000)});
  expect_no_harm("pauses",
                 {repeated(text(R"({"type":"pause"})") + text(R"({"type":"resume"})"), 300'000)});
  expect_no_harm("tiny audio", {repeated(audio, 300'000)});
  expect_no_harm("no audio", {repeated(test::server_frame(kBinary, ""), 300'000)});
  expect_no_harm("small streamAudio", {repeated(text(streamed("raw", 256)), 300'000)});
}

TEST_F(Isolation, FromTheServerOfADialect) {
  const auto text = [](const std::string& json) { return test::server_frame(kText, json); };
  const auto media = [](std::size_t size) {
    return R"({"event":"media","media":{"payload":")" + repeated("AAAA", size / 4 * 4) + R"("}})";
  };
  const std::string audio = text(media(8));
  const std::string clear = text(R"({"event":"clear"})");
  const std::string mark = text(R"({"event":"mark","mark":{"name":"m"}})");
  const auto says = [&](const std::string& what, const std::vector<std::string>& frames) {
    expect_short("twilio, " + what,
                 [&] { return beside([&] { attack("dialect=twilio", frames); }); });
  };
  says("audio", sizes_of(media));
  says("tiny audio", {repeated(audio, 300'000)});
  says("marks behind audio", {audio + repeated(mark, 400'000)});
  says("marks and clears", {repeated(mark, 300'000) + clear});
  says("audio and clears", {repeated(audio + mark + clear, 300'000)});
}

TEST_F(Isolation, FromAcknowledgements) {
  const std::string none = test::server_frame(kText, R"({"type":"ack","position_ms":0})");
  const std::string all = test::server_frame(kText, R"({"type":"ack","position_ms":999999999})");
  expect_short("acknowledgements of nothing",
               [&] { return beside([&] { attack("resume=on", {repeated(none, 300'000)}); }); });
  expect_short("acknowledgements of everything",
               [&] { return beside([&] { attack("resume=on", {repeated(all, 300'000)}); }); });
}

TEST_F(Isolation, FromFramesOfEveryKind) {
  const std::string ping = test::server_frame(kPing, std::string(125, 'p'));
  const std::string part = test::server_frame(0, "x", false);
  const std::string empty_part = test::server_frame(0, "", false);
  expect_no_harm("pings", {repeated(ping, 300'000)});
  expect_no_harm("pongs", {repeated(test::server_frame(10, ""), 300'000)});
  for (const int opcode : {kText, kBinary}) {
    const std::string begin = test::server_frame(opcode, "x", false);
    const std::string end = test::server_frame(0, "x");
    const std::string kind = opcode == kText ? "text" : "binary";
    expect_no_harm(kind + " in parts of a byte", {begin + repeated(part, 300'000) + end});
    expect_no_harm(kind + " in empty parts", {begin + repeated(empty_part, 300'000) + end});
    expect_no_harm(kind + " in parts between pings",
                   {begin + repeated(part + ping, 300'000) + end});
  }
}

/// Every scenario of the byte-level server (handshakes, stalls, ends), with a stop or a hangup of
/// the stream.
TEST_F(Isolation, FromEveryWayToConnectStallAndEnd) {
  test::RawServer server;
  std::map<std::string, double> longest;
  const auto all = server.scenarios();
  for (int i = 0; i < kTries; ++i) {
    Victim victim{events};
    for (const auto& scenario : all) {
      const auto known = longest.find(scenario.name);
      if (known != longest.end() && known->second < kLongestGap) continue;
      server.play(scenario.name, 1);
      const bool hangs_up = scenario.name.size() % 2 == 0;
      victim.forget();
      {
        Call call{{.caller = Speech::tone(300),
                   .variables = {{"STREAM_NO_RECONNECT", "true"}, {"STREAM_LINGER", "100"}}}};
        EXPECT_EQ(call.api("start name=hostile -- " + server.url("/") + " mono 8k"), kOk);
        std::this_thread::sleep_for(kAttack / 4);  // the length of the attack
        if (hangs_up) {
          call.hangup();
        } else {
          call.api("stop name=hostile");
        }
        events.wait_for_final("hostile", std::chrono::seconds{20});
      }
      const double gap = victim.longest_ms();
      longest[scenario.name] = known == longest.end() ? gap : std::min(gap, known->second);
    }
    victim.stop();
  }
  const double slack = std::max(0.0, floor().up - 20);
  for (const auto& [name, gap] : longest) {
    EXPECT_LT(gap, kLongestGap + slack) << name;
  }
}

}  // namespace
}  // namespace contract
