#include "transport/batching.hpp"

#include <gtest/gtest.h>

namespace audio_stream::transport {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A thread that looks as often as Batching tells it to.
class Looks {
 public:
  /// For `time`, `count` frames at each look, with a look each `step`.
  void go_on(milliseconds time, microseconds step, std::size_t count) {
    for (const auto end = now_ + time; now_ < end; now_ += step) batching.on_served(count, now_);
  }
  void stand_still(milliseconds time) { now_ += time; }
  [[nodiscard]] microseconds wait() const {
    return std::chrono::duration_cast<microseconds>(batching.next_check() - last());
  }

  Batching batching;

 private:
  [[nodiscard]] Batching::Clock::time_point last() const { return now_ - microseconds{1000}; }
  Batching::Clock::time_point now_{std::chrono::seconds{100}};
};

TEST(Batching, IsOffForOneCall) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{20}, 1);
  EXPECT_FALSE(looks.batching.active());
}

TEST(Batching, IsOffForTenCalls) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{2}, 1);
  EXPECT_FALSE(looks.batching.active());
}

TEST(Batching, IsOnForAHundredCalls) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{1}, 5);
  EXPECT_TRUE(looks.batching.active());
  EXPECT_LE(looks.wait(), Batching::kLongest);
}

TEST(Batching, ThousandsOfCallsWaitTheShortestTime) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{1}, 200);
  EXPECT_EQ(looks.wait(), Batching::kShortest);
}

TEST(Batching, EndsWithTheCalls) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{1}, 5);
  looks.go_on(milliseconds{20}, milliseconds{2}, 0);
  EXPECT_FALSE(looks.batching.active());
}

// A burst after a standstill of the machine or of all calls does not predict the next frame.
TEST(Batching, IsOffForABurst) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{20}, 1);
  looks.stand_still(milliseconds{500});
  looks.go_on(milliseconds{1}, milliseconds{1}, 50);
  EXPECT_FALSE(looks.batching.active());
}

}  // namespace
}  // namespace audio_stream::transport
