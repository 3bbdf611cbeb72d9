// Tests the tools of other tests: processes, waiting, leaks and signals.
#include <array>
#include <cmath>
#include <fstream>
#include <future>
#include <stdexcept>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "raw_client.hpp"
#include "support/base64.hpp"
#include "support/leak_watch.hpp"
#include "support/raw_server.hpp"
#include "support/signal.hpp"
#include "support/temporary_directory.hpp"
#include "support/wait.hpp"

namespace test {
namespace {

using namespace std::chrono_literals;

TEST(Base64, EncodesAndDecodes) {
  EXPECT_EQ(base64_encode(Bytes{}), "");
  EXPECT_EQ(base64_encode(Bytes{'f'}), "Zg==");
  EXPECT_EQ(base64_encode(Bytes{'f', 'o', 'o', 'b', 'a'}), "Zm9vYmE=");
  EXPECT_EQ(base64_encode(Bytes{0xfb, 0xff, 0xfe}), "+//+");
  EXPECT_EQ(base64_decode("Zm9vYmE="), (Bytes{'f', 'o', 'o', 'b', 'a'}));
  EXPECT_EQ(base64_decode("+//+Zg=="), (Bytes{0xfb, 0xff, 0xfe, 'f'}));
  EXPECT_THROW(base64_decode("abc"), std::invalid_argument);
  EXPECT_THROW(base64_decode("ab!="), std::invalid_argument);
  EXPECT_THROW(base64_decode("a==="), std::invalid_argument);
}

TEST(Guarded, WaitsForAnotherThread) {
  Guarded<int> value;
  const auto setter = std::async(std::launch::async, [&] { value.change([](int& v) { v = 7; }); });
  EXPECT_TRUE(value.wait([](int v) { return v == 7; }));
  EXPECT_FALSE(value.wait([](int v) { return v == 8; }, 1ms));
  EXPECT_EQ(value.copy(), 7);
}

TEST(Eventually, ChecksUntilTheTimeIsOver) {
  int looks = 0;
  EXPECT_TRUE(eventually([&] { return ++looks == 3; }, 10s, 1ms));
  EXPECT_FALSE(eventually([] { return false; }, 5ms, 1ms));
}

TEST(ServerProcess, LeavesOtherEventsForLater) {
  RawServer server;
  RawClient client{server.port()};
  client.upgrade("/");
  client.send_frame(0x81, "first");
  client.send_frame(0x81, "second");
  EXPECT_EQ(server.wait_for("text", 1).at("data"), "first");
  EXPECT_EQ(server.wait_for("text", 1).at("data"), "second");
  EXPECT_EQ(server.wait_open().path, "/");
  EXPECT_EQ(server.count("text"), 2U);
  const std::vector<json> seen = server.seen();
  ASSERT_GE(seen.size(), 4U);
  EXPECT_EQ(seen.front().at("event"), "listening");
  EXPECT_EQ(seen.at(1).at("event"), "connected");
}

TEST(ServerProcess, ReportsTheEventsThatCameInstead) {
  RawServer server;
  const RawClient client{server.port()};
  server.wait_connected();
  try {
    server.wait_for("text", 1, 1ms);
    FAIL();
  } catch (const ServerError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("raw_server.py --bind"), std::string::npos) << message;
    EXPECT_NE(message.find("did not bring event text of connection 1"), std::string::npos);
    EXPECT_NE(message.find("\n * {\"conn\":1,\"event\":\"connected\"}"), std::string::npos);
  }
}

TEST(ServerProcess, ReportsThatItsProcessHasEnded) {
  EXPECT_THROW(RawServer{{.scenario = "no-such-thing"}}, ServerError);
  EXPECT_THROW(ServerProcess{"no_such_script.py"}, ServerError);
  RawServer server;
  EXPECT_THROW(server.command({{"cmd", "quit"}}), ServerError);
  EXPECT_THROW(server.wait_for("text", 1min), ServerError);
}

TEST(ServerProcess, ObeysSeveralThreadsAtOnce) {
  RawServer server;
  std::array<std::future<void>, 4> threads;
  for (std::future<void>& thread : threads) {
    thread = std::async(std::launch::async, [&server] {
      for (int j = 0; j < 20; ++j) EXPECT_GT(server.scenarios().size(), 50U);
    });
  }
}

TEST(ServerProcess, LeavesNothingBehind) {
  const LeakWatch watch;
  {
    const RawServer server;
    EXPECT_EQ(resources_now().threads.size(), watch.before().threads.size() + 1);
    EXPECT_EQ(resources_now().sockets(), watch.before().sockets() + 1);
  }
  EXPECT_TRUE(watch.nothing_left());
}

TEST(ServerProcess, DoesNotKeepOurSocketsOpen) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);  // without CLOEXEC
  const audio_stream::base::UniqueFd near{ends[0]};
  audio_stream::base::UniqueFd far{ends[1]};
  const RawServer server;
  far.reset();
  char byte = 0;
  EXPECT_EQ(::recv(near.get(), &byte, 1, MSG_DONTWAIT), 0) << "the child holds the other end";
}

TEST(LeakWatch, FindsThreadsDescriptorsAndFiles) {
  const TemporaryDirectory directory;
  const LeakWatch watch{{directory.path(), "/no/such/directory"}};
  EXPECT_TRUE(watch.nothing_left(1ms));
  Guarded<bool> done{false};
  auto thread = std::async(std::launch::async,
                           [&] { EXPECT_TRUE(done.wait([](bool value) { return value; })); });
  audio_stream::base::UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::ofstream{directory.path() / "left.wav"} << "RIFF";

  const testing::AssertionResult result = watch.nothing_left(1ms);
  EXPECT_FALSE(result);
  const std::string message = result.message();
  EXPECT_NE(message.find("left behind:\n  thread "), std::string::npos) << message;
  EXPECT_NE(message.find(": socket:["), std::string::npos) << message;
  EXPECT_NE(message.find("left.wav"), std::string::npos) << message;
  EXPECT_EQ(resources_now().sockets(), watch.before().sockets() + 1);
  EXPECT_EQ(resources_now().other_descriptors(), watch.before().other_descriptors());

  done.change([](bool& value) { value = true; });
  thread.get();
  socket.reset();
  std::filesystem::remove(directory.path() / "left.wav");
  EXPECT_TRUE(watch.nothing_left());
}

TEST(LeakWatch, FindsMissingDescriptors) {
  audio_stream::base::UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const LeakWatch watch;
  socket.reset();
  const testing::AssertionResult result = watch.nothing_left(1ms);
  EXPECT_FALSE(result);
  EXPECT_NE(std::string{result.message()}.find("missing:\n  descriptor"), std::string::npos);
}

TEST(Signal, ToneHasItsLevelAtItsFrequencyOnly) {
  const Samples samples = tone({.hz = 440.0, .level_dbfs = -12.0}, 8000, 4000);
  EXPECT_NEAR(level_at(440.0, samples, 8000), -12.0, 0.05);
  EXPECT_LT(level_at(1000.0, samples, 8000), -70.0);
  EXPECT_NEAR(rms_level(samples), -12.0, 0.05);
  EXPECT_EQ(rms_level(Samples(100, 0)), no_level);
  EXPECT_EQ(level_at(440.0, Samples{}, 8000), no_level);
  EXPECT_EQ(tone({.level_dbfs = 0.0, .phase_radians = std::acos(0.0)}, 8000, 1).front(), 32767);
}

TEST(Signal, DistinguishesTwoTones) {
  const Samples low = tone({.hz = 500.0, .level_dbfs = -20.0}, 16000, 3200);
  Samples both = tone({.hz = 3000.0, .level_dbfs = -10.0}, 16000, 3200);
  for (std::size_t i = 0; i < both.size(); ++i) {
    both[i] = static_cast<std::int16_t>(both[i] + low[i]);
  }
  EXPECT_NEAR(level_at(500.0, both, 16000), -20.0, 0.1);
  EXPECT_NEAR(level_at(3000.0, both, 16000), -10.0, 0.1);
}

TEST(Signal, ConvertsChannelsAndBytesBothWays) {
  const Samples stereo = interleave({{1, 2, 3}, {-1, -2, -32768}});
  EXPECT_EQ(stereo, (Samples{1, -1, 2, -2, 3, -32768}));
  EXPECT_EQ(channel(stereo, 2, 0), (Samples{1, 2, 3}));
  EXPECT_EQ(channel(stereo, 2, 1), (Samples{-1, -2, -32768}));
  EXPECT_EQ(to_bytes(Samples{1, -2}), (Bytes{1, 0, 0xfe, 0xff}));
  EXPECT_EQ(to_samples(to_bytes(stereo)), stereo);
  EXPECT_THROW(to_samples(Bytes{1}), std::invalid_argument);
}

TEST(Signal, CorrelationFindsTheDelay) {
  const Samples reference = noise(1, -20.0, 2000);
  EXPECT_NEAR(rms_level(reference), -20.0, 0.3);
  EXPECT_EQ(noise(1, -20.0, 2000), reference);
  Samples late = noise(2, -60.0, 137);
  late.insert(late.end(), reference.begin(), reference.end());
  const Offset delayed = correlation_offset(reference, late, 300);
  EXPECT_EQ(delayed.samples, 137);
  EXPECT_GT(delayed.likeness, 0.99);
  EXPECT_EQ(correlation_offset(late, reference, 300).samples, -137);
  EXPECT_LT(correlation_offset(reference, noise(3, -20.0, 2000), 300).likeness, 0.3);
}

}  // namespace
}  // namespace test
