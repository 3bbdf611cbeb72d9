#include "stream/lifecycle.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace audio_stream::stream {
namespace {

constexpr std::array kStates{State::starting, State::connecting, State::streaming,
                             State::waiting,  State::draining,   State::ended};
constexpr std::array kInputs{Input::begin,     Input::opened, Input::failed,
                             Input::refused,   Input::closed, Input::lost,
                             Input::retry_due, Input::stop,   Input::linger_over};

struct Row {
  State state;
  Input input;
  Step with_reconnect;
  Step without;
};

constexpr Step to(State next, Action action, Notice notice) {
  return {next, action, notice};
}
constexpr Step over(Notice notice) {
  return {State::ended, Action::finish, notice};
}

/// What is meant to happen. What is not listed changes nothing.
const std::vector<Row>& table() {
  using enum State;
  using A = Action;
  using I = Input;
  using N = Notice;
  static const std::vector<Row> kTable{
      {starting, I::begin, to(connecting, A::connect, N::none),
       to(connecting, A::connect, N::none)},
      {starting, I::stop, over(N::disconnect), over(N::disconnect)},

      {connecting, I::opened, to(streaming, A::none, N::connect),
       to(streaming, A::none, N::connect)},
      {connecting, I::failed, to(waiting, A::retry, N::error), over(N::error)},
      {connecting, I::refused, over(N::error), over(N::error)},
      {connecting, I::stop, to(draining, A::drain, N::none), to(draining, A::drain, N::none)},

      {streaming, I::closed, over(N::disconnect), over(N::disconnect)},
      {streaming, I::lost, to(waiting, A::retry, N::disconnect), over(N::disconnect)},
      {streaming, I::stop, to(draining, A::drain, N::none), to(draining, A::drain, N::none)},

      {waiting, I::retry_due, to(connecting, A::connect, N::none),
       to(connecting, A::connect, N::none)},
      {waiting, I::stop, over(N::disconnect), over(N::disconnect)},

      {draining, I::opened, to(draining, A::drain, N::connect), to(draining, A::drain, N::connect)},
      {draining, I::failed, over(N::error), over(N::error)},
      {draining, I::refused, over(N::error), over(N::error)},
      {draining, I::closed, over(N::disconnect), over(N::disconnect)},
      {draining, I::lost, over(N::disconnect), over(N::disconnect)},
      {draining, I::linger_over, over(N::disconnect), over(N::disconnect)},
  };
  return kTable;
}

Step expected(State state, Input input, bool reconnect) {
  for (const Row& row : table()) {
    if (row.state == state && row.input == input) {
      return reconnect ? row.with_reconnect : row.without;
    }
  }
  return {state, Action::none, Notice::none};
}

TEST(Lifecycle, DoesWhatTheTableSaysForEveryStateAndInput) {
  for (const State state : kStates) {
    for (const Input input : kInputs) {
      for (const bool reconnect : {true, false}) {
        const Step taken = step(state, input, reconnect);
        const Step meant = expected(state, input, reconnect);
        const std::string where = std::string{to_string(state)} + " + " +
                                  std::string{to_string(input)} +
                                  (reconnect ? "" : " without reconnection");
        EXPECT_EQ(taken.next, meant.next) << where;
        EXPECT_EQ(taken.action, meant.action) << where;
        EXPECT_EQ(taken.notice, meant.notice) << where;
      }
    }
  }
}

/// Follows every sequence of inputs to `depth`.
class Walk {
 public:
  explicit Walk(bool reconnect) : reconnect_{reconnect} {}

  void from(State state, int finals, std::size_t depth) {
    if (depth == 0) return;
    for (const Input input : kInputs) {
      const Step taken = step(state, input, reconnect_);
      if (state == State::ended) {
        ASSERT_EQ(taken.next, State::ended);
        ASSERT_EQ(taken.action, Action::none);
        ASSERT_EQ(taken.notice, Notice::none);
      }
      const bool final = taken.action == Action::finish;
      ASSERT_EQ(final, state != State::ended && taken.next == State::ended);
      if (final) {
        ASSERT_TRUE(taken.notice == Notice::disconnect || taken.notice == Notice::error);
      }
      ASSERT_LE(finals + final, 1);
      ++steps_;
      ASSERT_NO_FATAL_FAILURE(from(taken.next, finals + final, depth - 1));
    }
  }
  [[nodiscard]] std::size_t steps() const { return steps_; }

 private:
  bool reconnect_;
  std::size_t steps_ = 0;
};

TEST(Lifecycle, EverySequenceOfSixInputsHasAtMostOneFinalNoticeAndNothingAfterIt) {
  for (const bool reconnect : {true, false}) {
    Walk walk{reconnect};
    walk.from(State::starting, 0, 6);
    EXPECT_EQ(walk.steps(), 9U + 81U + 729U + 6561U + 59049U + 531441U);
  }
}

TEST(Lifecycle, AStopAlwaysLeadsToTheEnd) {
  for (const State state : kStates) {
    State now = step(state, Input::stop, true).next;
    if (now == State::draining) now = step(now, Input::linger_over, true).next;
    EXPECT_EQ(now, State::ended) << to_string(state);
  }
}

TEST(Lifecycle, EveryStateIsReachedAndLeft) {
  std::set<State> reached{State::starting};
  for (std::size_t round = 0; round < kStates.size(); ++round) {
    for (const State state : std::set{reached}) {
      for (const Input input : kInputs) reached.insert(step(state, input, true).next);
    }
  }
  EXPECT_EQ(reached.size(), kStates.size());
}

TEST(Lifecycle, StatesAndInputsHaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const State state : kStates) names.insert(to_string(state));
  EXPECT_EQ(names.size(), kStates.size());
  names.clear();
  for (const Input input : kInputs) names.insert(to_string(input));
  EXPECT_EQ(names.size(), kInputs.size());
  EXPECT_FALSE(names.contains("?"));
}

}  // namespace
}  // namespace audio_stream::stream
