// The events of mod_audio_stream 1.0: their order, bodies and headers.
#include <filesystem>
#include <fstream>

#include "contract_test.hpp"

namespace contract {
namespace {

using Events = ContractTest;
using test::json;

TEST_F(Events, AStreamConnectsAndDisconnects) {
  test::WebSocketServer server;
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto connect = events.wait_for("connect");
  EXPECT_EQ(connect.body, R"({"status":"connected"})");
  EXPECT_EQ(connect.header("Unique-ID"), call.uuid());
  EXPECT_EQ(connect.header("Stream-Name"), "default");
  EXPECT_EQ(connect.header("Stream-Final"), "false");
  EXPECT_FALSE(connect.header("Channel-Name").empty());
  EXPECT_EQ(call.api("stop"), kOk);
  const auto disconnect = events.wait_for_final();
  EXPECT_EQ(disconnect.name, "disconnect");
  EXPECT_TRUE(disconnect.body.starts_with(
      R"({"status":"disconnected","message":{"code":1000,"reason":"Normal closure"},"stats":{)"))
      << disconnect.body;
}

TEST_F(Events, TextsOfTheServerArriveUnchanged) {
  test::WebSocketServer server;
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  for (const std::string text :
       {R"({"text":"hello",  "n": 1.50})", "no JSON at all", R"({"broken": )", "ü € 😀", "%s%n%d"}) {
    server.send_text(opened.connection, text);
    EXPECT_EQ(events.wait_for("json").body, text);
  }
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Events, TheFinalEventAfterAHangupHasTheCallsHeaders) {
  test::WebSocketServer server;
  Call call;
  const std::string uuid = call.uuid();
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  events.wait_for("connect");
  call.hangup();
  const auto final = events.wait_for_final();
  EXPECT_EQ(final.name, "disconnect");
  EXPECT_EQ(final.json()["message"]["code"], 1000);
  EXPECT_EQ(final.header("Unique-ID"), uuid);
  EXPECT_FALSE(final.header("Channel-Name").empty());
  EXPECT_EQ(server.wait_close(opened.connection).code, 1000);
}

TEST_F(Events, ACleanCloseByTheServerEndsTheStream) {
  test::WebSocketServer server;
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  server.close(opened.connection, 1000, "done with you");
  const auto final = events.wait_for_final();
  EXPECT_TRUE(final.body.starts_with(
      R"({"status":"disconnected","message":{"code":1000,"reason":"done with you"},"stats":{)"))
      << final.body;
  EXPECT_TRUE(test::eventually([&] { return call.api("stop").starts_with("-ERR no stream"); }));
  EXPECT_EQ(server.count("open"), 1U) << "1000 is a normal close: no reconnection";
}

TEST_F(Events, AnyOtherLossIsReconnectedWithTheMetadataFirst) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k meta"), kOk);
  const auto first = server.wait_open();
  EXPECT_EQ(server.wait_text(first.connection), "meta");
  server.wait_binary(first.connection);
  server.close(first.connection, 1011, "restarting");
  const auto disconnect = events.wait_for("disconnect");
  EXPECT_FALSE(disconnect.final());
  EXPECT_EQ(disconnect.json()["message"]["code"], 1011);
  const auto second = server.wait_open();
  EXPECT_EQ(server.wait_text(second.connection), "meta");
  server.wait_binary(second.connection);
  server.abort(second.connection);
  EXPECT_EQ(events.wait_for("disconnect").json()["message"]["code"], 1006);
  const auto third = server.wait_open();
  EXPECT_EQ(server.wait_text(third.connection), "meta");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  EXPECT_EQ(names_of(events.all()), "connect disconnect connect disconnect connect disconnect! ");
}

TEST_F(Events, FailedAttemptsAreCountedAndRetried) {
  test::WebSocketServer server;
  server.refuse_next(2, 503);
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/path?token=secret") + " mono"), kOk);
  for (int attempt = 1; attempt <= 2; ++attempt) {
    const auto error = events.wait_for("error");
    EXPECT_FALSE(error.final());
    const json message = error.json()["message"];
    EXPECT_EQ(error.json()["status"], "error");
    EXPECT_EQ(message["retries"], attempt);
    EXPECT_EQ(message["http_status"], 503);
    EXPECT_EQ(message["code"], 11);
    EXPECT_EQ(message["error"],
              "Expecting status 101 (Switching Protocol), got 503 status connecting to " +
                  server.url("/path") + ", HTTP Status line: HTTP/1.1 503 Service Unavailable\r\n");
    const int longest = 100 << (attempt - 1);
    EXPECT_LE(message["wait_time"], longest);
    EXPECT_GE(message["wait_time"], longest * 3 / 4);
  }
  events.wait_for("connect");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

class FinalRefusal : public ContractTest, public ::testing::WithParamInterface<int> {};

TEST_P(FinalRefusal, EndsTheStream) {
  test::WebSocketServer server;
  server.refuse_next(5, GetParam());
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto error = events.wait_for_final();
  EXPECT_EQ(error.name, "error");
  EXPECT_EQ(error.json()["message"]["http_status"], GetParam());
  EXPECT_EQ(error.json()["message"]["wait_time"], 0);
  EXPECT_EQ(events.all().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Statuses, FinalRefusal, ::testing::Values(400, 401, 403, 404));

class PassingRefusal : public ContractTest, public ::testing::WithParamInterface<int> {};

TEST_P(PassingRefusal, IsRetried) {
  test::WebSocketServer server;
  server.refuse_next(1, GetParam());
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  EXPECT_FALSE(events.wait_for("error").final());
  events.wait_for("connect");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

INSTANTIATE_TEST_SUITE_P(Statuses, PassingRefusal, ::testing::Values(408, 425, 429, 500, 502, 503));

TEST_F(Events, ARefusedTcpConnectionIsAnErrorThatNamesTheHost) {
  test::WebSocketServer server;
  const std::string url = server.url("/");
  server.stop_listening();
  const Call call;
  EXPECT_EQ(call.api("start " + url + " mono"), kOk);
  const json message = events.wait_for("error").json()["message"];
  EXPECT_EQ(message["http_status"], 0);
  EXPECT_EQ(message["code"], 6);
  EXPECT_EQ(message["error"], "Unable to connect to 127.0.0.1 on port " +
                                  std::to_string(server.port()) + ", error: Connection refused");
  server.listen_again();
  events.wait_for("connect");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Events, AStopWhileWaitingToRetryIsFinal) {
  const Call call{{.variables = {{"STREAM_LINGER", "0"}}}};
  EXPECT_EQ(call.api("start ws://127.0.0.1:9/ mono"), kOk);
  events.wait_for("error");
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(events.wait_for_final().name, "disconnect");
}

TEST_F(Events, AStopWhileWaitingToRetryDeliversWithinTheLinger) {
  test::WebSocketServer witness;
  const Call call;
  EXPECT_EQ(call.api("start ws://127.0.0.1:9/ mono"), kOk);
  events.wait_for("error");
  EXPECT_EQ(call.api("start name=witness " + witness.url("/") + " mono"), kOk);
  witness.wait_binary_bytes(witness.wait_open().connection, 640);  // to be delivered
  EXPECT_EQ(call.api("stop"), kOk);
  // Either a disconnect at the end of the linger, or the error of the last attempt within it.
  const auto stats = events.wait_for_final().json()["stats"];
  EXPECT_EQ(stats["reason"], "stop");
  EXPECT_GT(stats["dropped_ms"]["undelivered"], 0) << stats.dump();
}

TEST_F(Events, NoSecretIsInAnyEventOrLogLine) {
  LogRecorder log;
  test::WebSocketServer server;
  // The switch finds a variable in any case.
  Call call{{.variables = {{"stream_extra_headers",
                            R"({"Authorization":"Bearer s3cr3t-header","X-Key":"s3cr3t/slash"})"},
                           {"copy_of_token", "s3cr3t-header"},
                           {"copy_as_json", R"({"key":"s3cr3t\/slash"})"},
                           {"copy_of_password", "s3cr3t-pass"},
                           {"copy_of_query", "s3cr3t-query"}}}};
  const std::string url =
      "ws://user:s3cr3t-pass@127.0.0.1:" + std::to_string(server.port()) + "/p?token=s3cr3t-query";
  call.run_application("audio_stream", "start " + url + " mono 8k meta");
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.path, "/p?token=s3cr3t-query");
  EXPECT_EQ(opened.header("Authorization"), "Bearer s3cr3t-header")
      << "the user's setting takes precedence";
  server.send_text(opened.connection, "hello");
  server.close(opened.connection, 1011, "");
  events.wait_for("disconnect");
  server.wait_open();
  call.run_application("audio_stream", "stop");
  events.wait_for_final();
  for (const auto& event : events.all()) {
    EXPECT_EQ(event.header("variable_stream_extra_headers"), "");
    for (const auto& [name, value] : event.headers) {
      EXPECT_EQ(value.find("s3cr3t"), std::string::npos) << event.name << ": " << name;
    }
    EXPECT_EQ(event.body.find("s3cr3t"), std::string::npos);
  }
  for (const auto& line : log.lines()) {
    if (line.text.find("mod_audio_stream") == std::string::npos) continue;  // a line of the switch
    EXPECT_EQ(line.text.find("s3cr3t"), std::string::npos) << line.text;
  }
}

nlohmann::json stats_of(const SeenEvent& final_event) {
  return final_event.json()["stats"];
}

TEST_F(Events, TheFinalEventHasTheReasonAndTheTotals) {
  test::WebSocketServer server;
  {
    const Call call;
    EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
    const auto started = std::chrono::steady_clock::now();
    const auto opened = server.wait_open();
    server.wait_binary_bytes(opened.connection, 3200);
    EXPECT_FALSE(events.wait_for("connect").json().contains("stats"));
    const auto least = std::chrono::steady_clock::now() - started;
    EXPECT_EQ(call.api("stop"), kOk);
    const auto stats = stats_of(events.wait_for_final());
    EXPECT_EQ(stats["reason"], "stop");
    const auto closed = server.wait_close(opened.connection);
    EXPECT_EQ(stats["sent_ms"].get<std::size_t>(), closed.binary_bytes / 16);
    EXPECT_EQ(stats["frames_sent"].get<std::size_t>(), closed.binary_messages);
    EXPECT_EQ(stats["bytes_sent"].get<std::size_t>(), closed.binary_bytes);
    // Six to eight bytes of framing a message, and the handshake.
    EXPECT_GT(stats["wire_bytes_sent"].get<std::size_t>(), closed.binary_bytes);
    EXPECT_LT(stats["wire_bytes_sent"].get<std::size_t>(),
              closed.binary_bytes + 8 * stats["frames_sent"].get<std::size_t>() + 1000);
    EXPECT_GT(stats["wire_bytes_received"].get<std::size_t>(), 100U);
    EXPECT_EQ(stats["reconnects"], 0);
    EXPECT_GE(std::chrono::milliseconds{stats["duration_ms"].get<int>() + 1}, least);
    EXPECT_LT(stats["connect_ms"].get<int>(), 2000);
    EXPECT_EQ(stats["dropped_ms"]["overflow"], 0);
  }
  {
    Call call;
    EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
    server.wait_open();
    call.hangup();
    EXPECT_EQ(stats_of(events.wait_for_final())["reason"], "hangup");
  }
  {
    const Call call;
    EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
    server.close(server.wait_open().connection, 1000);
    EXPECT_EQ(stats_of(events.wait_for_final())["reason"], "server");
  }
}

// After the hangup, events have the headers remembered of the channel.
TEST_F(Events, AGracefulShutdownReceivesTheServersLastTextsAfterTheHangup) {
  test::WebSocketServer server;
  Call call;
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  const auto opened = server.wait_open();
  EXPECT_EQ(call.api(R"(graceful-shutdown {"eof":1})"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), R"({"eof":1})");
  call.hangup();
  server.send_text(opened.connection, "last words");
  const auto heard = events.wait_for("json");
  EXPECT_EQ(heard.body, "last words");
  EXPECT_EQ(heard.header("Unique-ID"), call.uuid());
  server.close(opened.connection, 1000, "done");
  EXPECT_EQ(stats_of(events.wait_for_final())["reason"], "stop");
}

TEST_F(Events, ADrainEndsWhenItsTimeIsOver) {
  test::WebSocketServer server;
  const Call call;
  EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
  const auto opened = server.wait_open();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(call.api("stop drain=300"), kOk);
  EXPECT_EQ(server.wait_close(opened.connection).code, 1000);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds{290});
  events.wait_for_final();
}

TEST_F(Events, TotalsOfAStreamThatNeverConnectedShowIt) {
  test::WebSocketServer server;
  server.refuse_next(3, 403);  // it asks again with a smaller offer of compression, then with none
  {
    const Call call;
    EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k"), kOk);
    const auto stats = stats_of(events.wait_for_final());
    EXPECT_EQ(stats["reason"], "refused");
    EXPECT_TRUE(stats["connect_ms"].is_null());
    EXPECT_EQ(stats["sent_ms"], 0);
  }
  const std::string url = server.url("/");
  server.stop_listening();
  const Call call{{.variables = {{"STREAM_NO_RECONNECT", "true"}}}};
  EXPECT_EQ(call.api("start " + url + " mono 8k"), kOk);
  EXPECT_EQ(stats_of(events.wait_for_final())["reason"], "network");
}

TEST_F(Events, UserinfoBecomesBasicAuthorization) {
  test::WebSocketServer server{{.basic_auth = "user:p@ss word"}};
  const Call call;
  const std::string port = std::to_string(server.port());
  EXPECT_EQ(call.api("start ws://user:p%40ss%20word@127.0.0.1:" + port + "/ mono"), kOk);
  EXPECT_EQ(server.wait_open().header("Authorization"), "Basic dXNlcjpwQHNzIHdvcmQ=");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Events, ATokenFromAFileIsInNoEventOrLogLine) {
  const std::string file = temp_dir() + "/token";
  std::ofstream{file} << "first-s3cr3t\n";
  LogRecorder log;
  test::WebSocketServer server;
  const Call call{{.variables = {{"STREAM_BEARER_FILE", file}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto first = server.wait_open();
  EXPECT_EQ(first.header("Authorization"), "Bearer first-s3cr3t");
  std::ofstream{file} << "two s3cr3t words\n";
  server.close(first.connection, 1012, "");
  EXPECT_EQ(events.wait_for("error").json()["message"]["code"], 12);
  std::ofstream{file} << "second-s3cr3t\n";
  EXPECT_EQ(server.wait_open().header("Authorization"), "Bearer second-s3cr3t");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  for (const auto& event : events.all()) {
    for (const auto& [name, value] : event.headers)
      EXPECT_EQ(value.find("s3cr3t"), std::string::npos);
    EXPECT_EQ(event.body.find("s3cr3t"), std::string::npos) << event.body;
  }
  EXPECT_FALSE(log.holds("s3cr3t"));
  std::filesystem::remove(file);
}

TEST_F(Events, AUserWithoutAPasswordHasAnEmptyOne) {
  test::WebSocketServer server;
  const Call call;
  const std::string port = std::to_string(server.port());
  EXPECT_EQ(call.api("start ws://token@127.0.0.1:" + port + "/ mono"), kOk);
  EXPECT_EQ(server.wait_open().header("Authorization"), "Basic dG9rZW46");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Events, Ipv6HostsWork) {
  test::WebSocketServer server{{.listen = {.bind = "::1"}}};
  const Call call;
  const std::string port = std::to_string(server.port());
  EXPECT_EQ(call.api("start ws://[::1]:" + port + "/ mono"), kOk);
  EXPECT_EQ(server.wait_open().header("Host"), "[::1]:" + port);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Events, HostNamesAreResolved) {
  test::WebSocketServer server;
  const Call call;
  EXPECT_EQ(call.api("start ws://localhost:" + std::to_string(server.port()) + "/ mono"), kOk);
  EXPECT_EQ(server.wait_open().header("Host"), "localhost:" + std::to_string(server.port()));
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

}  // namespace
}  // namespace contract
