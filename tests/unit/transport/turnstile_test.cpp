#include "transport/turnstile.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <vector>

namespace audio_stream::transport {
namespace {

using Clock = Turnstile::Clock;

class TurnstileTest : public ::testing::Test {
 protected:
  Turnstile::Visit& come() {
    const auto number = static_cast<int>(visits_.size());
    return visits_
        .emplace_back(std::in_place, turnstile_, [this, number] { went_in_.push_back(number); })
        .value();
  }
  void come(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) come().begin();
  }
  void go_out(std::size_t number) {
    visits_[number]->end();
    turnstile_.let_in(now_);
  }

  Turnstile turnstile_;
  std::deque<std::optional<Turnstile::Visit>> visits_;
  std::vector<int> went_in_;
  const Clock::time_point now_ = Clock::now();
};

std::vector<int> up_to(std::size_t count) {
  std::vector<int> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<int>(i);
  return numbers;
}

constexpr std::size_t kFew = Turnstile::kAtOnce;

TEST_F(TurnstileTest, TheFirstFewGoInAtOnceAndTheOthersWait) {
  come(kFew + 3);
  EXPECT_EQ(went_in_, up_to(kFew));
  EXPECT_TRUE(turnstile_.has_somebody_inside());
  EXPECT_TRUE(turnstile_.has_somebody_waiting());
}

TEST_F(TurnstileTest, ForEachThatGoesOutTheOneThatWaitsLongestGoesIn) {
  come(kFew + 3);
  go_out(2);
  EXPECT_EQ(went_in_, up_to(kFew + 1));
  go_out(0);
  go_out(1);
  EXPECT_EQ(went_in_, up_to(kFew + 3));
  EXPECT_FALSE(turnstile_.has_somebody_waiting());
}

TEST_F(TurnstileTest, WhereNobodyGoesOutOneAfterTheOtherGoesInAtAnEvenPace) {
  come(kFew + 3);
  const auto first = turnstile_.due();
  turnstile_.let_in(first - std::chrono::microseconds{1});
  EXPECT_EQ(went_in_, up_to(kFew));
  turnstile_.let_in(first);
  EXPECT_EQ(went_in_, up_to(kFew + 1));
  EXPECT_EQ(turnstile_.due(), first + Turnstile::kPace);
  turnstile_.let_in(first + Turnstile::kPace);
  EXPECT_EQ(went_in_, up_to(kFew + 2));
}

TEST_F(TurnstileTest, WhoeverLooksLateLetsInAllThatWereDueButNotThoseOfAPause) {
  come(kFew + 30);
  const auto first = turnstile_.due();
  turnstile_.let_in(first + Turnstile::kPace);
  EXPECT_EQ(went_in_, up_to(kFew + 2));
  turnstile_.let_in(first + 100 * Turnstile::kPace);
  EXPECT_LT(went_in_.size(), kFew + 6);
}

TEST_F(TurnstileTest, WhoGivesUpWaitingOrIsGoneTakesNoTurn) {
  come(kFew + 3);
  visits_[kFew]->end();
  visits_[kFew + 1].reset();
  go_out(0);
  auto expected = up_to(kFew);
  expected.push_back(static_cast<int>(kFew) + 2);
  EXPECT_EQ(went_in_, expected);
}

TEST_F(TurnstileTest, WhoIsGoneIsNotInsideAnyMore) {
  come(1);
  visits_[0].reset();
  EXPECT_FALSE(turnstile_.has_somebody_inside());
}

TEST_F(TurnstileTest, NobodyOvertakesThoseWhoWait) {
  come(kFew + 1);
  visits_[0]->end();  // and nobody has looked yet
  come(1);
  EXPECT_EQ(went_in_, up_to(kFew));
  turnstile_.let_in(now_);
  EXPECT_EQ(went_in_, up_to(kFew + 1));
}

TEST_F(TurnstileTest, WhoFailsAtOnceMakesRoomForTheNext) {
  std::optional<Turnstile::Visit> fails;
  fails.emplace(turnstile_, [&fails] { fails.reset(); });
  fails->begin();
  EXPECT_FALSE(fails);
  EXPECT_FALSE(turnstile_.has_somebody_inside());
}

}  // namespace
}  // namespace audio_stream::transport
