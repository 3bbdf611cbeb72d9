// Servers that break the protocol at the level of bytes. The call continues, a stop ends the stream
// in bounded time, and the events report the violation.
#include "contract_test.hpp"

namespace contract {
namespace {

struct Scenario {
  const char* path;
  const char* event;      ///< the event that reports it
  int code;               ///< close code or error code
  const char* text = "";  ///< contained in the event's body
};

void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.path;
}

class Misbehaviour : public ContractTest, public ::testing::WithParamInterface<Scenario> {};

TEST_P(Misbehaviour, IsReportedAndTheStreamEndsInBoundedTime) {
  const Scenario& scenario = GetParam();
  test::RawServer server;
  const Call call{
      {.caller = Speech::tone(440),
       .variables = {{"STREAM_NO_RECONNECT", "true"}, {"STREAM_MESSAGE_DEFLATE", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url(scenario.path) + " mono 8k meta"), kOk);
  const auto event = events.wait_for_final("default", std::chrono::seconds{15});
  EXPECT_EQ(event.name, scenario.event);
  EXPECT_EQ(event.json()["message"]["code"], scenario.code) << event.body;
  EXPECT_NE(event.body.find(scenario.text), std::string::npos) << event.body;
}

INSTANTIATE_TEST_SUITE_P(
    Handshakes, Misbehaviour,
    ::testing::Values(
        Scenario{"/handshake-silent", "error", 10, "no answer within"},
        Scenario{"/handshake-half-silent", "error", 10},
        Scenario{"/handshake-half-close", "error", 1},
        Scenario{"/handshake-wrong-accept", "error", 2},
        Scenario{"/handshake-no-accept", "error", 2}, Scenario{"/handshake-no-upgrade", "error", 2},
        Scenario{"/handshake-no-connection", "error", 2},
        Scenario{"/handshake-garbage", "error", 1}, Scenario{"/handshake-huge-header", "error", 1},
        Scenario{"/handshake-many-headers", "error", 1},
        Scenario{"/status?code=403", "error", 11, "403"},
        Scenario{"/status?code=200", "error", 11, "200"}, Scenario{"/redirect", "error", 11, "302"},
        Scenario{"/status-endless-body", "error", 11, "It says: wait"}));

INSTANTIATE_TEST_SUITE_P(
    Frames, Misbehaviour,
    ::testing::Values(Scenario{"/handshake-then-reset", "disconnect", 1006},
                      Scenario{"/handshake-then-fin", "disconnect", 1006},
                      Scenario{"/frame-cut-off", "disconnect", 1006},
                      Scenario{"/drop-after?ms=50&how=reset", "disconnect", 1006},
                      Scenario{"/drop-after?ms=50&how=fin", "disconnect", 1006},
                      Scenario{"/text-masked", "disconnect", 1002},
                      Scenario{"/opcode-unknown", "disconnect", 1002},
                      Scenario{"/reserved-bits", "disconnect", 1002},
                      Scenario{"/continuation-first", "disconnect", 1002},
                      Scenario{"/fragments-interleaved", "disconnect", 1002},
                      Scenario{"/ping-too-long", "disconnect", 1002},
                      Scenario{"/ping-fragmented", "disconnect", 1002},
                      Scenario{"/text-invalid-utf8", "disconnect", 1007},
                      Scenario{"/text-truncated-utf8", "disconnect", 1007},
                      Scenario{"/text-truncated-utf8-fragments", "disconnect", 1007},
                      Scenario{"/text-truncated-utf8-garbage", "disconnect", 1007},
                      Scenario{"/text-oversized-announced", "disconnect", 1009},
                      Scenario{"/text-oversized", "disconnect", 1009},
                      Scenario{"/text-oversized-fragments", "disconnect", 1009},
                      Scenario{"/binary-oversized", "disconnect", 1009},
                      Scenario{"/close?code=1000", "disconnect", 1000},
                      Scenario{"/close?code=1001", "disconnect", 1001},
                      Scenario{"/close?code=4000&reason=mine", "disconnect", 4000, "mine"},
                      Scenario{"/close-empty", "disconnect", 1005},
                      Scenario{"/close-keep-tcp", "disconnect", 1000}));

/// Unusual but legal behaviour of servers: the stream continues and the text arrives.
class UnusualServer : public ContractTest, public ::testing::WithParamInterface<Scenario> {};

TEST_P(UnusualServer, IsAcceptedAndTheStreamContinues) {
  const Scenario& scenario = GetParam();
  test::RawServer server;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + server.url(scenario.path) + " mono"), kOk);
  events.wait_for(std::string{"json "} + scenario.text, [&](const SeenEvent& event) {
    return event.name == "json" && event.body == scenario.text;
  });
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_TRUE(events.wait_for_final().final());
}

INSTANTIATE_TEST_SUITE_P(
    Allowed, UnusualServer,
    ::testing::Values(
        Scenario{"/handshake-with-text", "json", 0, "hello"},
        Scenario{"/text-fragments", "json", 0, "hello fragmented world"},
        Scenario{"/text-fragments-utf8", "json", 0, "grüß € 😀"},
        Scenario{"/text-fragments-empty", "json", 0, "alive"},
        Scenario{"/text-byte-by-byte", "json", 0, "one byte at a time"},
        Scenario{"/text-nul", "json", 0,
                 "before\xEF\xBF\xBD"
                 "after"},
        Scenario{"/text-empty", "json", 0, "alive"}, Scenario{"/binary-empty", "json", 0, "alive"},
        Scenario{"/binary", "json", 0, "alive"}, Scenario{"/pong-unsolicited", "json", 0, "alive"},
        Scenario{"/ping-flood", "json", 0, "alive"}, Scenario{"/deflate", "json", 0, "squeezed"}));

TEST_F(Misbehaviour, ATextOfExactlySixteenMebibytesArrives) {
  test::RawServer server;
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/text-largest") + " mono"), kOk);
  const auto event = events.wait_for("json", std::chrono::seconds{30});
  EXPECT_EQ(event.body.size(), std::size_t{1} << 20U) << "max-event-bytes";
  EXPECT_EQ(event.header("Stream-Truncated"), std::to_string(std::size_t{16} << 20U));
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Misbehaviour, AHandshakeInSingleBytesIsAccepted) {
  test::RawServer server;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + server.url("/handshake-slow") + " mono"), kOk);
  server.wait_binary(server.wait_open().connection);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Misbehaviour, ADecompressionBombIsClosedWith1009) {
  test::RawServer server;
  const Call call{{.variables = {{"STREAM_NO_RECONNECT", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/deflate-bomb") + " mono"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1009);
}

TEST_F(Misbehaviour, BrokenDeflateEndsTheConnection) {
  test::RawServer server;
  const Call call{{.variables = {{"STREAM_NO_RECONNECT", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/deflate-broken") + " mono"), kOk);
  EXPECT_EQ(events.wait_for_final().name, "disconnect");
}

TEST_F(Misbehaviour, JsonNestedTooDeepIsClosedWith1009) {
  test::WebSocketServer server;
  const Call call{{.variables = {{"STREAM_NO_RECONNECT", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  const auto nested = [](std::size_t depth) {
    return R"({"type":"streamAudio","data":)" + std::string(depth - 1, '[') +
           std::string(depth - 1, ']') + "}";
  };
  server.send_text(opened.connection, std::string(1000, '['));  // the module does not parse it
  events.wait_for("json");
  server.send_text(opened.connection, nested(64));
  events.wait_for("json");
  server.send_text(opened.connection, nested(65));
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1009);
  EXPECT_EQ(server.wait_close(opened.connection).code, 1009);
}

/// Silent servers: a stop and a hangup return at once, and the stream ends within its linger.
class Silence : public ContractTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Silence, DoesNotDelayAStopOrAHangup) {
  for (const bool hangup : {false, true}) {
    test::RawServer server{{.scenario = GetParam()}};
    Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_MESSAGE_DEFLATE", "true"}}}};
    EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k meta"), kOk);
    server.wait_connected();
    const auto begun = std::chrono::steady_clock::now();
    if (hangup) {
      call.hangup();
    } else {
      EXPECT_EQ(call.api("stop bye"), kOk);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds{500});
    events.wait_for_final("default", std::chrono::seconds{3});
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{2});
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, Silence,
                         ::testing::Values("tcp-silent", "handshake-silent",
                                           "handshake-half-silent", "never-reads",
                                           "close-unanswered", "silent-after",
                                           "close-answered-by-reset", "slow-reader?rate=100"));

}  // namespace
}  // namespace contract
