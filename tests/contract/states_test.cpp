// Each cell of the table in docs/ownership.md, "What each command or event does to a stream, by its
// state". `starting` lasts only as long as a `start` command, so session_ending_test.cpp covers it.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract_test.hpp"

namespace contract {
namespace {

constexpr const char* kNoStream = "-ERR no stream named \"default\" on this call (running: none)";
constexpr const char* kTaken = "-ERR a stream named \"default\" is already running";
constexpr const char* kPlaysNothing = "-ERR this stream plays nothing";

struct Cell {
  const char* deed;
  const char* reply;   ///< how the reply begins; empty for an event
  const char* reason;  ///< of the final event that follows; empty if the stream continues
};

struct Case {
  const char* state;
  const char* server;
  const char* told;  ///< the commands that bring a connected stream into the state
  std::vector<Cell> cells;
};

void PrintTo(const Case& each, std::ostream* out) {
  *out << each.state;
}

// Commands to a stream that is known by its name.
const std::vector<Cell> kCommands{{"start", kTaken, ""},
                                  {"send_text hello", "+OK", ""},
                                  {"pause", "+OK", ""},
                                  {"resume", "+OK", ""},
                                  {"clear", kPlaysNothing, ""},
                                  {"stop", "+OK", "stop"},
                                  {"stop drain=100 bye", "+OK", "stop"},
                                  {"graceful-shutdown drain=100 bye", "+OK", "stop"},
                                  {"hangup", "", "hangup"},
                                  {"unload", "-ERR", ""},
                                  {"forced unload", "+OK", "unload"}};

// Commands to a stream whose name is free, but that is not over.
const std::vector<Cell> kNameless{{"start", "+OK", ""},
                                  {"send_text hello", kNoStream, ""},
                                  {"pause", kNoStream, ""},
                                  {"resume", kNoStream, ""},
                                  {"clear", kNoStream, ""},
                                  {"stop", kNoStream, ""},
                                  {"graceful-shutdown", kNoStream, ""},
                                  {"hangup", "", ""},
                                  {"server closes", "", "stop"},
                                  {"connection lost", "", "stop"},
                                  {"unload", "-ERR", ""},
                                  {"forced unload", "+OK", "stop"}};

std::vector<Cell> and_also(std::vector<Cell> cells, const std::vector<Cell>& more) {
  cells.insert(cells.end(), more.begin(), more.end());
  return cells;
}

const std::vector<Case>& cases() {
  static const std::vector<Cell> connected{{"server closes", "", "server"},
                                           {"connection lost", "", ""}};
  static const std::vector<Case> all{
      {"connecting", "/handshake-silent", "", and_also(kCommands, {{"connection lost", "", ""}})},
      {"streaming", "/", "", and_also(kCommands, connected)},
      {"paused", "/", "pause", and_also(kCommands, connected)},
      {"waiting", "/status?code=503", "", kCommands},
      {"draining", "/close-unanswered", "stop bye", kNameless},
      {"listening", "/", "graceful-shutdown drain=60000 bye", kNameless},
      {"ended",
       "/close?code=1000",
       "",
       {{"start", "+OK", ""},
        {"send_text hello", kNoStream, ""},
        {"pause", kNoStream, ""},
        {"resume", kNoStream, ""},
        {"clear", kNoStream, ""},
        {"stop", kNoStream, ""},
        {"graceful-shutdown", kNoStream, ""},
        {"hangup", "", ""},
        {"unload", "+OK", ""},
        {"forced unload", "+OK", ""}}}};
  return all;
}

class States : public ContractTest, public ::testing::WithParamInterface<Case> {
 protected:
  void begin() {
    // A stop that cannot deliver must not delay the test, but a draining stream must stay in its
    // state.
    const bool draining = *GetParam().told == 's';
    call_.emplace(CallShape{.caller = Speech::tone(440),
                            .variables = {{"STREAM_LINGER", draining ? "60000" : "200"}}});
    server_.emplace();
    streams_ = 1;
    ASSERT_EQ(start(), kOk);
    bring_there(GetParam().state);
  }

  std::string start() const {
    return call_->api("start " + server_->url(GetParam().server) + " mono 8k");
  }

  void bring_there(std::string_view state) {
    connection_ = server_->wait_connected();
    if (state == "connecting") {
      EXPECT_EQ(server_->wait_open(connection_).connection, connection_);
    } else if (state == "waiting") {
      // From the fourth error on, the stream waits more than half a second.
      for (int i = 0; i < 4; ++i) events.wait_for("error");
    } else if (state == "ended") {
      EXPECT_EQ(finals(1).size(), 1U);
    } else {
      events.wait_for("connect");
      server_->wait_binary(connection_);
    }
    if (*GetParam().told != '\0') {
      EXPECT_EQ(call_->api(GetParam().told), kOk);
    }
    if (state == "draining") server_->wait_frame(connection_, test::Opcode::close);
    if (state == "listening") {
      EXPECT_EQ(server_->wait_text(connection_), "bye");
    }
  }

  std::string perform(const std::string& deed) {
    const auto outcome = [](const std::string& error) {
      return error.empty() ? std::string{"+OK"} : "-ERR " + error;
    };
    if (deed == "start") {
      const std::string reply = start();
      if (reply == kOk) ++streams_;
      return reply;
    }
    if (deed == "hangup") {
      call_->hangup();
    } else if (deed == "server closes") {
      server_->close(connection_, 1000);
    } else if (deed == "connection lost") {
      lose_connection();
    } else if (deed == "forced unload") {
      return outcome(unload_module(true));
    } else if (deed != "unload") {
      return call_->api(deed);
    } else if (std::string_view{GetParam().state} == "ended") {
      EXPECT_EQ(unload_idle_module(), "");
      return "+OK";
    } else {
      return outcome(unload_module());
    }
    return "";
  }

  /// The ping carries the acknowledgement of everything sent before. Else TCP may not have
  /// acknowledged yet, and the stream would send it again.
  void lose_connection() {
    if (*GetParam().told == 's' || *GetParam().told == 'g') server_->ping(connection_);
    server_->abort(connection_);
  }

  /// The final events of the call's streams, once there are `count`.
  std::vector<SeenEvent> finals(std::size_t count) {
    return events.wait_for_all(
        [uuid = call_->uuid()](const SeenEvent& event) {
          return event.final() && event.header("Unique-ID") == uuid;
        },
        count);
  }

  /// Checks that the streams that should continue did, and ends them.
  void finish(const std::string& deed) {
    const std::string_view state = GetParam().state;
    const bool nameless = state == "draining" || state == "listening";
    if (state != "ended") {
      EXPECT_TRUE(nobody_ended()) << "the stream ended";
    }
    if (nameless) lose_connection();
    if (!nameless || deed == "start") call_->api("stop");
    const auto all = finals(streams_);
    ASSERT_EQ(all.size(), streams_);
    EXPECT_EQ(all.front().json()["stats"]["reason"], state == "ended" ? "server" : "stop");
  }

  bool nobody_ended() const {
    for (const auto& event : events.all()) {
      if (event.final() && event.header("Unique-ID") == call_->uuid()) return false;
    }
    return true;
  }

  std::optional<test::RawServer> server_;  // one for each input, because connections are counted
  std::optional<Call> call_;
  int connection_ = 0;
  std::size_t streams_ = 0;
};

TEST_P(States, EachInputActsAsTheTableSays) {
  for (const Cell& cell : GetParam().cells) {
    SCOPED_TRACE(std::string{GetParam().state} + ", " + cell.deed);
    begin();
    if (HasFatalFailure()) return;
    const std::string reply = perform(cell.deed);
    EXPECT_TRUE(reply.starts_with(cell.reply)) << reply;
    if (*cell.reason == '\0') {
      finish(cell.deed);
    } else {
      const auto all = finals(streams_);
      ASSERT_EQ(all.size(), streams_);
      EXPECT_EQ(all.front().json()["stats"]["reason"], cell.reason) << all.front().body;
    }
    const bool unloaded = std::string_view{cell.deed}.ends_with("unload") && reply == "+OK";
    if (unloaded) {
      ASSERT_EQ(load_module(), "");
    }
    call_.reset();
    server_.reset();
  }
}

INSTANTIATE_TEST_SUITE_P(Of, States, ::testing::ValuesIn(cases()),
                         [](const auto& each) { return std::string{each.param.state}; });

}  // namespace
}  // namespace contract
