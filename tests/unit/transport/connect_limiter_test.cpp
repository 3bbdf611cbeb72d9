#include "transport/connect_limiter.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <vector>

namespace audio_stream::transport {
namespace {

using Clock = ConnectLimiter::Clock;

class ConnectLimiterTest : public ::testing::Test {
 protected:
  ConnectLimiter::Permit& come() {
    const auto number = static_cast<int>(permits_.size());
    return permits_
        .emplace_back(std::in_place, connect_limiter_,
                      [this, number] { went_in_.push_back(number); })
        .value();
  }
  void come(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) come().request();
  }
  void go_out(std::size_t number) {
    permits_[number]->release();
    connect_limiter_.admit_waiting(now_);
  }

  ConnectLimiter connect_limiter_;
  std::deque<std::optional<ConnectLimiter::Permit>> permits_;
  std::vector<int> went_in_;
  const Clock::time_point now_ = Clock::now();
};

std::vector<int> up_to(std::size_t count) {
  std::vector<int> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<int>(i);
  return numbers;
}

constexpr std::size_t kFew = ConnectLimiter::kAtOnce;

TEST_F(ConnectLimiterTest, TheFirstFewAreAdmittedAtOnceAndTheOthersWait) {
  come(kFew + 3);
  EXPECT_EQ(went_in_, up_to(kFew));
  EXPECT_TRUE(connect_limiter_.has_active());
  EXPECT_TRUE(connect_limiter_.has_waiting());
}

TEST_F(ConnectLimiterTest, EachReleaseAdmitsTheLongestWaitingOne) {
  come(kFew + 3);
  go_out(2);
  EXPECT_EQ(went_in_, up_to(kFew + 1));
  go_out(0);
  go_out(1);
  EXPECT_EQ(went_in_, up_to(kFew + 3));
  EXPECT_FALSE(connect_limiter_.has_waiting());
}

TEST_F(ConnectLimiterTest, WithoutReleasesOneAfterTheOtherIsAdmittedAtAnEvenPace) {
  come(kFew + 3);
  const auto first = connect_limiter_.due();
  connect_limiter_.admit_waiting(first - std::chrono::microseconds{1});
  EXPECT_EQ(went_in_, up_to(kFew));
  connect_limiter_.admit_waiting(first);
  EXPECT_EQ(went_in_, up_to(kFew + 1));
  EXPECT_EQ(connect_limiter_.due(), first + ConnectLimiter::kPace);
  connect_limiter_.admit_waiting(first + ConnectLimiter::kPace);
  EXPECT_EQ(went_in_, up_to(kFew + 2));
}

TEST_F(ConnectLimiterTest, ALateTickAdmitsAllThatWereDueButNotThoseOfAPause) {
  come(kFew + 30);
  const auto first = connect_limiter_.due();
  connect_limiter_.admit_waiting(first + ConnectLimiter::kPace);
  EXPECT_EQ(went_in_, up_to(kFew + 2));
  connect_limiter_.admit_waiting(first + 100 * ConnectLimiter::kPace);
  EXPECT_LT(went_in_.size(), kFew + 6);
}

TEST_F(ConnectLimiterTest, ACancelledOrDestroyedOneTakesNoTurn) {
  come(kFew + 3);
  permits_[kFew]->release();
  permits_[kFew + 1].reset();
  go_out(0);
  auto expected = up_to(kFew);
  expected.push_back(static_cast<int>(kFew) + 2);
  EXPECT_EQ(went_in_, expected);
}

TEST_F(ConnectLimiterTest, ADestroyedOneIsReleased) {
  come(1);
  permits_[0].reset();
  EXPECT_FALSE(connect_limiter_.has_active());
}

TEST_F(ConnectLimiterTest, ANewOneDoesNotOvertakeTheWaitingOnes) {
  come(kFew + 1);
  permits_[0]->release();  // without a tick since
  come(1);
  EXPECT_EQ(went_in_, up_to(kFew));
  connect_limiter_.admit_waiting(now_);
  EXPECT_EQ(went_in_, up_to(kFew + 1));
}

TEST_F(ConnectLimiterTest, AFailureMakesRoomForTheNext) {
  std::optional<ConnectLimiter::Permit> fails;
  fails.emplace(connect_limiter_, [&fails] { fails.reset(); });
  fails->request();
  EXPECT_FALSE(fails);
  EXPECT_FALSE(connect_limiter_.has_active());
}

}  // namespace
}  // namespace audio_stream::transport
