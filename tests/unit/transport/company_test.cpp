#include "transport/company.hpp"

#include <gtest/gtest.h>

namespace audio_stream::transport {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A thread that looks as often as it is told to.
class Looks {
 public:
  /// For `time`, `count` frames at each look, one look each `step`.
  void go_on(milliseconds time, microseconds step, std::size_t count) {
    for (const auto end = now_ + time; now_ < end; now_ += step) company.came(count, now_);
  }
  void stand_still(milliseconds time) { now_ += time; }
  [[nodiscard]] microseconds wait() const {
    return std::chrono::duration_cast<microseconds>(company.next_look() - last());
  }

  Company company;

 private:
  [[nodiscard]] Company::Clock::time_point last() const { return now_ - microseconds{1000}; }
  Company::Clock::time_point now_{std::chrono::seconds{100}};
};

TEST(Company, ALonelyCallHasNone) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{20}, 1);
  EXPECT_FALSE(looks.company.is_there());
}

TEST(Company, TenCallsHaveNone) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{2}, 1);
  EXPECT_FALSE(looks.company.is_there());
}

TEST(Company, AHundredCallsHave) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{1}, 5);
  EXPECT_TRUE(looks.company.is_there());
  EXPECT_LE(looks.wait(), Company::kLongest);
}

TEST(Company, OfThousandsIsWaitedForTheShortestTime) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{1}, 200);
  EXPECT_EQ(looks.wait(), Company::kShortest);
}

TEST(Company, IsGoneWhenTheCallsAre) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{1}, 5);
  looks.go_on(milliseconds{20}, milliseconds{2}, 0);
  EXPECT_FALSE(looks.company.is_there());
}

// A burst after a standstill, of the machine or of all calls, says nothing of the next frame.
TEST(Company, ABurstIsNone) {
  Looks looks;
  looks.go_on(milliseconds{1000}, milliseconds{20}, 1);
  looks.stand_still(milliseconds{500});
  looks.go_on(milliseconds{1}, milliseconds{1}, 50);
  EXPECT_FALSE(looks.company.is_there());
}

}  // namespace
}  // namespace audio_stream::transport
