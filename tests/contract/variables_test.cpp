// The STREAM_* channel variables, those of mod_audio_stream 1.0 and later ones.
#include "contract_test.hpp"

namespace contract {
namespace {

using Variables = ContractTest;

TEST_F(Variables, DeflateIsOfferedUnlessTheVariableIsTrue) {
  test::WebSocketServer server{{.deflate = true}};
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  auto opened = server.wait_open();
  EXPECT_NE(opened.extensions.find("permessage-deflate"), std::string::npos);
  EXPECT_EQ(server.wait_binary(opened.connection).size(), 320U);
  server.send_text(opened.connection, "squeezed text squeezed text squeezed text");
  EXPECT_EQ(events.wait_for("json").body, "squeezed text squeezed text squeezed text");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();

  for (const char* value : {"true", "1"}) {
    call.set_variable("STREAM_MESSAGE_DEFLATE", value);
    EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
    opened = server.wait_open();
    EXPECT_EQ(opened.extensions, "");
    EXPECT_EQ(opened.header("Sec-WebSocket-Extensions"), std::nullopt);
    EXPECT_EQ(server.wait_binary(opened.connection).size(), 320U);
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
  }
}

TEST_F(Variables, AMisspeltOneIsNamedWithTheOneThatMayBeMeant) {
  test::WebSocketServer server;
  LogRecorder log;
  const Call call{{.variables = {{"STREAM_SAMPLERATE", "s3cret"}, {"STREAM_TENANT", "42"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  EXPECT_TRUE(log.wait_for(
      "there is no variable \"STREAM_SAMPLERATE\": left out. Is it STREAM_SAMPLE_RATE?"));
  EXPECT_FALSE(log.holds("STREAM_TENANT")) << "it resembles none";
  EXPECT_FALSE(log.holds("s3cret"));
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Variables, DeflateWorksWithoutContextTakeover) {
  test::WebSocketServer server{
      {.deflate = true, .server_no_context_takeover = true, .client_no_context_takeover = true}};
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(server.wait_binary(opened.connection).size(), 320U);
  for (int i = 0; i < 3; ++i) {
    server.send_text(opened.connection, "text text text text text");
    EXPECT_EQ(events.wait_for("json").body, "text text text text text");
  }
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Variables, ExtraHeadersAreSent) {
  test::WebSocketServer server;
  const Call call{{.variables = {{"STREAM_EXTRA_HEADERS",
                                  R"({"X-One":"1","Authorization":"Bearer abc","X-Two":"a b"})"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.header("X-One"), "1");
  EXPECT_EQ(opened.header("X-Two"), "a b");
  EXPECT_EQ(opened.header("Authorization"), "Bearer abc");
  EXPECT_TRUE(opened.header("User-Agent").value_or("").starts_with("mod_audio_stream/"));
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Variables, SubprotocolsAreOfferedAndTheServerSelectsOne) {
  test::WebSocketServer server{{.subprotocols = {"audio.v1", "audio.v2"}}};
  const Call call{{.variables = {{"STREAM_SUBPROTOCOL", "audio.v2 , audio.v1"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.header("Sec-WebSocket-Protocol"), "audio.v2, audio.v1");
  EXPECT_FALSE(opened.subprotocol.empty());
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1000);
}

TEST_F(Variables, AServerMaySelectNoSubprotocol) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_SUBPROTOCOL", "audio"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.subprotocol, "");
  server.wait_binary(opened.connection);
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1000);
}

TEST_F(Variables, AServerMayNotSelectASubprotocolThatWasNotOffered) {
  test::RawServer server;
  const Call call{{.variables = {{"STREAM_SUBPROTOCOL", "s3cr3t-word, audio"},
                                 {"copy_of_word", "s3cr3t-word"},
                                 {"STREAM_NO_RECONNECT", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/handshake-subprotocol-unasked") + " mono"), kOk);
  const auto final = events.wait_for_final();
  EXPECT_EQ(final.name, "error");
  EXPECT_EQ(final.json()["message"]["code"], 2);
  EXPECT_NE(final.body.find("chose the subprotocol \\\"nobody-asked\\\"; it must be"),
            std::string::npos)
      << final.body;
  for (const auto& [name, value] : final.headers) {
    EXPECT_EQ(value.find("s3cr3t"), std::string::npos) << name;
  }
}

TEST_F(Variables, ABadSubprotocolRefusesTheStart) {
  const Call call{{.variables = {{"STREAM_SUBPROTOCOL", "audio,to psecret"}}}};
  EXPECT_EQ(call.api("start ws://127.0.0.1:9/ mono"),
            "-ERR STREAM_SUBPROTOCOL: name 2 of its list is not a token (RFC 9110, 5.6.2)\n");
}

TEST_F(Variables, EachStepTowardsAConnectionHasItsDeadline) {
  test::RawServer server{{.scenario = "tcp-silent"}};
  const Call call{{.variables = {{"STREAM_HANDSHAKE_TIME", "120"},
                                 {"STREAM_TLS_TIME", "130"},
                                 {"STREAM_TLS_CA_FILE", "NONE"},
                                 {"STREAM_NO_RECONNECT", "true"}}}};
  for (const auto& [scheme, words] :
       {std::pair{"ws", "no answer within 120 ms"}, std::pair{"wss", "not done within 130 ms"}}) {
    EXPECT_EQ(call.api("start " + std::string{scheme} +
                       "://127.0.0.1:" + std::to_string(server.port()) + "/ mono"),
              kOk);
    const auto final = events.wait_for_final();
    EXPECT_EQ(final.json()["message"]["code"], 10) << final.body;
    EXPECT_NE(final.body.find(words), std::string::npos) << final.body;
  }
}

class BadHeaders : public ContractTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(BadHeaders, RefuseTheStart) {
  test::WebSocketServer server;
  const Call call;
  call.set_variable("STREAM_EXTRA_HEADERS", GetParam());
  const std::string reply = call.api("start " + server.url("/") + " mono");
  EXPECT_TRUE(reply.starts_with("-ERR STREAM_EXTRA_HEADERS: ")) << reply;
  EXPECT_EQ(reply.find("topsecret"), std::string::npos) << "the value must not be shown: " << reply;
  EXPECT_TRUE(call.api("stop").starts_with("-ERR no stream"));
}

INSTANTIATE_TEST_SUITE_P(Forms, BadHeaders,
                         ::testing::Values("topsecret", "[\"topsecret\"]", R"({"A": topsecret})",
                                           R"({"A": 1})", R"({"A": {"b":"topsecret"}})",
                                           R"({"A":"topsecret\r\nInjected: 1"})",
                                           R"({"A":"topsecret\n"})", R"({"A B":"topsecret"})",
                                           R"({"":"topsecret"})", R"({"A:":"topsecret"})",
                                           R"({"Host":"topsecret"})",
                                           R"({"sec-websocket-key":"topsecret"})"));

TEST_F(Variables, ARefusedStartStillLogsTheOtherBadValues) {
  LogRecorder log;
  const Call call{
      {.variables = {{"STREAM_EXTRA_HEADERS", "no JSON"}, {"STREAM_BUFFER_SIZE", "30"}}}};
  const std::string reply = call.api("start ws://127.0.0.1:9/ mono");
  EXPECT_TRUE(reply.starts_with("-ERR STREAM_EXTRA_HEADERS: ")) << reply;
  EXPECT_TRUE(log.wait_for("STREAM_BUFFER_SIZE is \"30\""));
}

TEST_F(Variables, ABadBufferSizeIsNamedAnd20IsUsed) {
  test::WebSocketServer server;
  for (const char* value : {"30", "0", "-20", "10", "1020", "abc", "20x"}) {
    LogRecorder log;
    const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_BUFFER_SIZE", value}}}};
    EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
    EXPECT_EQ(server.wait_binary(server.wait_open().connection).size(), 320U) << value;
    EXPECT_TRUE(log.wait_for("STREAM_BUFFER_SIZE is \"" + std::string{value} + "\"")) << value;
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
  }
}

TEST_F(Variables, TheHeartBeatPingsOnlyWhenNothingIsSent) {
  test::RawServer server;
  const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_HEART_BEAT", "1"}}}};
  EXPECT_EQ(call.api("start " + server.url("/normal") + " mono"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary_bytes(opened.connection, 16000 * 3 / 2);  // a second and a half of audio
  EXPECT_EQ(server.count("ping"), 0U) << "there was traffic all the time";
  EXPECT_EQ(call.api("pause"), kOk);
  server.wait_ping(opened.connection);
  server.wait_ping(opened.connection);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Variables, AMissingPongEndsTheConnection) {
  test::RawServer server;
  const Call call{{.caller = Speech::tone(440),
                   .variables = {{"STREAM_HEART_BEAT", "1"}, {"STREAM_NO_RECONNECT", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/no-pong") + " mono"), kOk);
  server.wait_open();
  EXPECT_EQ(call.api("pause"), kOk);
  const auto final = events.wait_for_final();
  EXPECT_TRUE(final.body.starts_with(
      R"({"status":"disconnected","message":{"code":1011,"reason":"Ping timeout"},"stats":{)"))
      << final.body;
}

TEST_F(Variables, WithoutReconnectTheFirstFailureIsTheLast) {
  const Call call{{.variables = {{"STREAM_NO_RECONNECT", "true"}}}};
  EXPECT_EQ(call.api("start ws://127.0.0.1:9/ mono"), kOk);
  const auto final = events.wait_for_final();
  EXPECT_EQ(final.name, "error");
  EXPECT_EQ(final.json()["message"]["retries"], 0);
  EXPECT_EQ(final.json()["message"]["wait_time"], 0);
}

TEST_F(Variables, WithoutReconnectADropIsFinal) {
  test::WebSocketServer server;
  const Call call{{.variables = {{"STREAM_NO_RECONNECT", "1"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  server.close(server.wait_open().connection, 1011, "oops");
  const auto final = events.wait_for_final();
  EXPECT_EQ(final.name, "disconnect");
  EXPECT_EQ(final.json()["message"]["code"], 1011);
}

TEST_F(Variables, ResponsesAreLoggedUnlessSuppressed) {
  test::WebSocketServer server;
  for (const bool suppressed : {false, true}) {
    LogRecorder log;
    const Call call{{.variables = {{"STREAM_SUPPRESS_LOG", suppressed ? "true" : "false"}}}};
    EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
    server.send_text(server.wait_open().connection, "what the server said");
    EXPECT_EQ(events.wait_for("json").body, "what the server said");
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
    EXPECT_EQ(log.holds("response: what the server said"), !suppressed);
  }
}

TEST_F(Variables, KeptAudioIsSentAtTheConfiguredPace) {
  using namespace std::chrono_literals;
  test::RawServer server;
  const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_CATCHUP", "2"}}}};
  // Two seconds of handshake in single bytes.
  EXPECT_EQ(call.api("start " + server.url("/handshake-slow?ms=15") + " mono 8k"), kOk);
  events.wait_for("connect");
  const auto begun = std::chrono::steady_clock::now();
  server.wait_binary_bytes(1, 2000 * 16);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 600ms);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Variables, TooLongAnOutageEndsTheStream) {
  test::RawServer server;
  const Call call{{.variables = {{"STREAM_RECONNECT_TIME", "1"}}}};
  EXPECT_EQ(call.api("start " + server.url("/status?code=503") + " mono"), kOk);
  const auto end = events.wait_for_final();
  EXPECT_EQ(end.name, "error");
  EXPECT_EQ(end.json()["message"]["wait_time"], 0);
  EXPECT_GT(end.json()["message"]["retries"], 1);
  EXPECT_EQ(end.json()["stats"]["reason"], "network");
  EXPECT_GE(end.json()["stats"]["duration_ms"], 1000);
}

TEST_F(Variables, WithoutALingerAStopEndsAtOnce) {
  using namespace std::chrono_literals;
  test::RawServer server;
  const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_LINGER", "0"}}}};
  EXPECT_EQ(call.api("start " + server.url("/handshake-silent") + " mono"), kOk);
  server.wait_open();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1006);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 900ms) << "the default is a second";
}

TEST_F(Variables, AreReadOnceAtStart) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_BUFFER_SIZE", "40"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  const auto opened = server.wait_open();
  server.wait_binary(opened.connection);
  call.set_variable("STREAM_BUFFER_SIZE", "100");
  EXPECT_EQ(server.wait_binary(opened.connection).size(), 640U);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

}  // namespace
}  // namespace contract
