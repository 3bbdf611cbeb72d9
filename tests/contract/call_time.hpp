#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "contract_test.hpp"

namespace contract {

/// Compares the audio that a stream sent until its stop with the time it was on the call.
class CallTime : public ContractTest {
 protected:
  static constexpr double kPacketSeconds = 0.02;

  void begin(const std::string& call, const std::string& rest) {
    before_start_ = std::chrono::steady_clock::now();
    EXPECT_EQ(api(call + " start " + server_->url("/") + " " + rest), kOk);
    after_start_ = std::chrono::steady_clock::now();
    connection_ = server_->wait_open().connection;
  }
  /// Stops the stream and compares its audio with `channels` x 8000 samples a second. One packet
  /// may be missing or too many at each end.
  test::Samples expect_all_of_the_time(const std::string& call, std::size_t channels) {
    using Seconds = std::chrono::duration<double>;
    const Seconds least = std::chrono::steady_clock::now() - after_start_;
    EXPECT_EQ(api(call + " stop the end"), kOk);
    const Seconds most = std::chrono::steady_clock::now() - before_start_;
    const std::size_t bytes = server_->wait_close(connection_).binary_bytes;
    const auto samples =
        test::to_samples(server_->wait_binary_bytes(connection_, std::max<std::size_t>(bytes, 2)));
    const double sent =
        static_cast<double>(samples.size()) / (8000.0 * static_cast<double>(channels));
    const auto totals = events.wait_for_final().json()["stats"].dump();
    EXPECT_GE(sent, least.count() - 2 * kPacketSeconds) << totals;
    EXPECT_LE(sent, most.count() + 2 * kPacketSeconds) << totals;
    return samples;
  }
  /// Samples per channel of a mono stream that have arrived.
  std::size_t sent() {
    return server_->counters().at(connection_).binary_bytes / sizeof(std::int16_t);
  }
  static void pass(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock{mutex};
    never.wait_until(lock, until, [&] { return std::chrono::steady_clock::now() >= until; });
  }

  void TearDown() override {
    server_.reset();  // the test itself may leave nothing behind either
    ContractTest::TearDown();
  }

  std::optional<test::WebSocketServer> server_{std::in_place};
  int connection_ = 0;
  std::chrono::steady_clock::time_point before_start_;
  std::chrono::steady_clock::time_point after_start_;
};

}  // namespace contract
