#include "stream/lifecycle.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace audio_stream::stream {
namespace {

constexpr std::array kStates{State::starting, State::connecting, State::streaming,   State::paused,
                             State::waiting,  State::draining,   State::playing_out, State::ended};
constexpr std::array kInputs{Input::begin,  Input::opened, Input::failed,      Input::refused,
                             Input::closed, Input::lost,   Input::retry_due,   Input::pause,
                             Input::resume, Input::stop,   Input::linger_over, Input::played_out};

/// Every combination of the outlook.
std::vector<Outlook> outlooks() {
  std::vector<Outlook> all;
  for (const bool reconnect : {true, false}) {
    for (const bool another : {false, true}) {
      for (const bool paused : {false, true}) {
        for (const bool unsent : {false, true}) {
          for (const bool unplayed : {false, true}) {
            all.push_back({reconnect, another, paused, unsent, unplayed});
          }
        }
      }
    }
  }
  return all;
}

bool operator==(const Step& a, const Step& b) {
  return a.next == b.next && a.action == b.action && a.notice == b.notice;
}

std::string_view to_string(Action action) {
  switch (action) {
    case Action::none:
      return "";
    case Action::connect:
      return "connect";
    case Action::retry:
      return "retry";
    case Action::drain:
      return "drain";
    case Action::play_out:
      return "play out";
    case Action::finish:
      return "finish";
  }
  return "?";
}

std::string_view to_string(Notice notice) {
  switch (notice) {
    case Notice::none:
      return "";
    case Notice::connect:
      return "connect";
    case Notice::disconnect:
      return "disconnect";
    case Notice::error:
      return "error";
  }
  return "?";
}

// ---- the table of docs/ownership.md, made from the code ----

std::string cell(State state, const Step& taken) {
  if (taken == Step{state, Action::none, Notice::none}) return "";
  std::string text{to_string(taken.next)};
  if (taken.action != Action::none) text += " **" + std::string{to_string(taken.action)} + "**";
  if (taken.notice != Notice::none) text += " *" + std::string{to_string(taken.notice)} + "*";
  return text;
}

/// A Markdown row. An empty cell is one blank.
std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const auto& each : cells) text += (each.empty() ? "" : " " + each) + " |";
  return text + "\n";
}

std::string rule(std::size_t columns) {
  return row(std::vector<std::string>(columns, "---"));
}

/// One URL, reconnecting, not paused, nothing left to send.
std::string usual_table() {
  std::vector<std::string> head{"state"};
  for (const Input input : kInputs) head.emplace_back(to_string(input));
  std::string table = row(head) + rule(head.size());
  for (const State state : kStates) {
    std::vector<std::string> cells{std::string{to_string(state)}};
    for (const Input input : kInputs) cells.push_back(cell(state, step(state, input, {})));
    table += row(cells);
  }
  return table;
}

/// The differences for each of the five members of the outlook.
std::string table_of_differences() {
  struct Case {
    const char* when;
    Outlook outlook;
  };
  const std::array cases{
      Case{"no further attempt is allowed", {false, false, false}},
      Case{"another URL is left to try", {true, true, false}},
      Case{"the application has paused it", {true, false, true}},
      Case{"something is left to send, and time", {true, false, false, true}},
      Case{"something is left to play", {true, false, false, false, true}},
  };
  std::string table = row({"if", "state", "input", "instead"}) + rule(4);
  for (const Case& each : cases) {
    for (const State state : kStates) {
      for (const Input input : kInputs) {
        const Step usual = step(state, input, {});
        const Step taken = step(state, input, each.outlook);
        if (taken == usual) continue;
        table += row({each.when, std::string{to_string(state)}, std::string{to_string(input)},
                      cell(state, taken)});
      }
    }
  }
  return table;
}

std::string ownership_document() {
  const std::ifstream file{AUDIO_STREAM_SOURCE_DIR "/docs/ownership.md"};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Lifecycle, MatchesTheTablesOfTheDocumentation) {
  const std::string document = ownership_document();
  ASSERT_FALSE(document.empty());
  for (const std::string& table : {usual_table(), table_of_differences()}) {
    EXPECT_NE(document.find(table), std::string::npos)
        << "docs/ownership.md does not have this table:\n"
        << table;
  }
}

// ---- invariants of the table ----

/// Calls `check` for every state, input and outlook.
template <class Check>
void for_every_step(const Check& check) {
  for (const State state : kStates) {
    for (const Input input : kInputs) {
      for (const Outlook outlook : outlooks()) {
        SCOPED_TRACE(std::string{to_string(state)} + " + " + std::string{to_string(input)} +
                     (outlook.reconnect ? "" : ", no reconnection") +
                     (outlook.another ? ", another URL" : "") + (outlook.paused ? ", paused" : "") +
                     (outlook.unsent ? ", something unsent" : "") +
                     (outlook.unplayed ? ", something unplayed" : ""));
        check(state, input, outlook, step(state, input, outlook));
      }
    }
  }
}

// Together these imply that exactly one event is the last, for any sequence of inputs.
TEST(Lifecycle, TheStepIntoTheEndHasTheLastEvent) {
  for_every_step([](State state, Input /*input*/, Outlook /*outlook*/, const Step& taken) {
    if (state == State::ended) {
      EXPECT_TRUE(taken == (Step{State::ended, Action::none, Notice::none}));
      return;
    }
    EXPECT_EQ(taken.action == Action::finish, taken.next == State::ended);
    if (taken.action == Action::finish) {
      EXPECT_TRUE(taken.notice == Notice::disconnect || taken.notice == Notice::error);
    }
  });
}

TEST(Lifecycle, AnAttemptBeginsOnlyIfNoneIsUnderWay) {
  for_every_step([](State state, Input input, Outlook /*outlook*/, const Step& taken) {
    if (taken.action != Action::connect) return;
    const bool attempt_is_over =
        input == Input::failed || input == Input::refused || input == Input::retry_due;
    EXPECT_TRUE(attempt_is_over || state == State::starting || state == State::waiting);
    EXPECT_TRUE(taken.next == State::connecting || taken.next == State::draining);
  });
}

TEST(Lifecycle, AStopAlwaysLeadsToTheEnd) {
  for (const State state : kStates) {
    for (const Outlook outlook : outlooks()) {
      State now = step(state, Input::stop, outlook).next;
      EXPECT_TRUE(now == State::draining || now == State::ended) << to_string(state);
      // A draining stream never goes back, and the linger ends it.
      for (const Input input : kInputs) {
        const State next = step(State::draining, input, outlook).next;
        EXPECT_TRUE(next == State::draining || next == State::ended) << to_string(input);
      }
      now = step(now, Input::linger_over, outlook).next;
      EXPECT_EQ(now, State::ended) << to_string(state);
    }
  }
}

TEST(Lifecycle, APauseChangesOnlyWhetherAudioIsSent) {
  for (const Outlook outlook : outlooks()) {
    for (const Input input : kInputs) {
      if (input == Input::pause || input == Input::resume) continue;
      const Step paused = step(State::paused, input, outlook);
      const Step streaming = step(State::streaming, input, outlook);
      const bool both_stay = paused.next == State::paused && streaming.next == State::streaming;
      EXPECT_TRUE(both_stay || paused == streaming) << to_string(input);
    }
  }
}

TEST(Lifecycle, EveryStateIsReachedAndLeft) {
  std::set<State> reached{State::starting};
  for (std::size_t round = 0; round < kStates.size(); ++round) {
    for (const State state : std::set{reached}) {
      for (const Input input : kInputs) {
        for (const Outlook outlook : outlooks()) reached.insert(step(state, input, outlook).next);
      }
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
