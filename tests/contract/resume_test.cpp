// A server that acknowledges audio and is killed repeatedly has each sample exactly once.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "contract_test.hpp"
#include "simulator/call.hpp"
#include "support/temporary_directory.hpp"

namespace contract {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kRate = 8000;

/// The duration: some seconds, or RESUME_MINUTES minutes.
std::chrono::seconds how_long() {
  const char* minutes = std::getenv("RESUME_MINUTES");
  return minutes == nullptr ? 8s : std::chrono::minutes{std::atoi(minutes)};
}

/// Numbers a sample by its position modulo 65535. 0 is silence.
std::int16_t numbered(std::size_t place) {
  return static_cast<std::int16_t>(place % 65535 + 1);
}

class Resume : public ContractTest {
 protected:
  void start_server(int port = 0) {
    std::vector<std::string> arguments{"--store", file_, "--port", std::to_string(port)};
    server_.emplace("storing_server.py", arguments);
  }
  [[nodiscard]] std::vector<std::int16_t> stored() const {
    std::ifstream in{file_, std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    std::vector<std::int16_t> samples(bytes.size() / 2);
    std::copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(samples.size() * 2),
              reinterpret_cast<char*>(samples.data()));
    return samples;
  }

  const test::TemporaryDirectory directory_;
  const std::string file_ = (directory_.path() / "audio").string();
  std::optional<test::ServerProcess> server_;
};

TEST_F(Resume, AServerKilledRepeatedlyHasEachSampleExactlyOnce) {
  const bool is_long = how_long() >= 1min;
  std::vector<std::int16_t> said(static_cast<std::size_t>(how_long().count()) * kRate);
  for (std::size_t i = 0; i < said.size(); ++i) said[i] = numbered(i);
  start_server();
  const int port = server_->port();
  simulator::CallOptions options;
  options.variables = {
      {"STREAM_RESUME", "true"}, {"STREAM_OUTAGE_BUFFER", "30000"}, {"STREAM_LINGER", "20000"}};
  simulator::Call call{options};
  ASSERT_EQ(api(call.uuid() + " start " + server_->url("/") + " mono 8k"), kOk);
  call.set_read_source(simulator::AudioSource::samples(said, kRate));

  std::minstd_rand random{11};
  int kills = 0;
  const auto until = std::chrono::steady_clock::now() + how_long();
  while (is_long ? std::chrono::steady_clock::now() + 5s < until : kills < 4) {
    // Kills the server at any time within a packet or between two acknowledgements, and sometimes
    // before the stream has reconnected.
    if (kills % 4 != 2) server_->wait_for("resume", 30s);
    std::this_thread::sleep_for(is_long ? 5s : std::chrono::milliseconds{300 + random() % 300});
    server_->kill();
    server_.reset();
    ++kills;
    start_server(port);
  }
  server_->wait_for("resume", 30s);
  EXPECT_TRUE(call.wait_for_read_end(how_long() + 30s));
  EXPECT_TRUE(call.wait_for_packets(2, 10s));
  EXPECT_EQ(api(call.uuid() + " stop"), kOk);
  const auto stats = events.wait_for_final("default", 60s).json()["stats"];
  call.hangup();
  server_.reset();

  EXPECT_GE(kills, is_long ? 20 : 4);
  // A server may be killed before the stream has reconnected.
  EXPECT_LE(stats["reconnects"], kills) << stats;
  EXPECT_GE(stats["reconnects"], 3) << stats;
  EXPECT_EQ(stats["dropped_ms"]["overflow"], 0);
  EXPECT_EQ(stats["dropped_ms"]["undelivered"], 0);
  EXPECT_EQ(stats["dropped_ms"]["unacknowledged"], 0);
  std::size_t next = 0;
  std::size_t others = 0;  // more than the list shows
  for (const std::int16_t sample : stored()) {
    if (sample == 0) continue;
    if (next < said.size() && sample == said[next]) {
      ++next;
    } else {
      ++others;
    }
  }
  EXPECT_EQ(others, 0U) << "samples arrived twice or out of order";
  EXPECT_EQ(next, said.size()) << "the first sample that is missing";
}

}  // namespace
}  // namespace contract
