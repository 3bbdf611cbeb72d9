// A stream through an HTTP proxy.
#include "contract_test.hpp"
#include "support/certificates.hpp"
#include "support/connect_proxy.hpp"

namespace contract {
namespace {

class ThroughAProxy : public ContractTest {
 protected:
  /// A call whose streams go through `proxy`.
  static CallShape through(const test::ConnectProxy& proxy, const std::string& userinfo = "") {
    return {.caller = Speech::tone(440),
            .variables = {{"STREAM_PROXY",
                           "http://" + userinfo + "127.0.0.1:" + std::to_string(proxy.port())}}};
  }

  nlohmann::json final_error(const Call& call, const std::string& url) {
    EXPECT_EQ(call.api("start " + url + " mono"), kOk);
    const auto final = events.wait_for_final();
    EXPECT_EQ(final.name, "error");
    return final.json();
  }
};

TEST_F(ThroughAProxy, AudioAndTextsReachAHostThatOnlyTheProxyKnows) {
  test::WebSocketServer server;
  test::ConnectProxy proxy{{.hosts = {"asr.invalid=127.0.0.1"}}};
  const Call call{through(proxy)};
  const std::string target = "asr.invalid:" + std::to_string(server.port());
  EXPECT_EQ(call.api("start ws://" + target + "/x mono 8k meta"), kOk);
  EXPECT_EQ(proxy.wait_tunnel(), target);
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.header("Host"), target);
  EXPECT_EQ(opened.header("Proxy-Authorization"), std::nullopt);
  EXPECT_EQ(server.wait_text(opened.connection), "meta");
  server.wait_binary(opened.connection);
  server.send_text(opened.connection, "through the proxy");
  EXPECT_EQ(events.wait_for("json").body, "through the proxy");
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1000);
}

TEST_F(ThroughAProxy, TlsIsWithTheServerNotWithTheProxy) {
  const test::Certificates certificates;
  test::WebSocketServer server{{.listen = {.tls = certificates.tls()}}};
  test::ConnectProxy proxy;
  const Call call{through(proxy)};
  call.set_variable("STREAM_TLS_CA_FILE", certificates.ca());
  EXPECT_EQ(call.api("start " + server.url("/", "localhost") + " mono"), kOk);
  EXPECT_EQ(proxy.wait_tunnel(), "localhost:" + std::to_string(server.port()));
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.tls->asked_name, "localhost");
  server.wait_binary(opened.connection);
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1000);
}

TEST_F(ThroughAProxy, CredentialsAreAcceptedAndStaySecret) {
  LogRecorder log;
  test::WebSocketServer server;
  test::ConnectProxy proxy{{.basic_auth = "user:s3cr3t@word"}};
  Call call{through(proxy, "user:s3cr3t%40word@")};
  call.set_variable("copy_of_it", "user:s3cr3t%40word@elsewhere");
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  server.close(opened.connection, 1011);
  events.wait_for("disconnect");
  server.wait_open();
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  EXPECT_EQ(proxy.count("tunnel"), 2U) << "each connection takes it";
  for (const auto& event : events.all()) {
    for (const auto& [name, value] : event.headers) {
      EXPECT_EQ(value.find("s3cr3t"), std::string::npos) << event.name << ": " << name;
    }
  }
  for (const auto& line : log.lines()) {
    if (line.text.find("mod_audio_stream") == std::string::npos) continue;  // a line of the switch
    EXPECT_EQ(line.text.find("s3cr3t"), std::string::npos) << line.text;
  }
}

TEST_F(ThroughAProxy, WrongCredentialsAreFinal) {
  test::WebSocketServer server;
  test::ConnectProxy proxy{{.basic_auth = "user:right"}};
  const Call call{through(proxy, "user:s3cr3t@")};
  const auto error = final_error(call, server.url("/"));
  EXPECT_EQ(error["message"]["http_status"], 407);
  EXPECT_EQ(error["message"]["code"], 6);
  EXPECT_EQ(error["stats"]["reason"], "refused");
  EXPECT_EQ(error["message"]["error"],
            "The proxy http://127.0.0.1:" + std::to_string(proxy.port()) +
                " does not connect to 127.0.0.1:" + std::to_string(server.port()) +
                ": it answers 407 Proxy Authentication Required. Give the user and password in "
                "STREAM_PROXY");
  EXPECT_EQ(server.count("open"), 0U);
}

TEST_F(ThroughAProxy, AForbiddenTargetIsFinal) {
  test::ConnectProxy proxy;
  proxy.answer_next(403);
  const Call call{through(proxy)};
  EXPECT_EQ(final_error(call, "ws://127.0.0.1:9/")["message"]["http_status"], 403);
}

TEST_F(ThroughAProxy, AnUnreachableTargetIsRetried) {
  test::WebSocketServer server;
  test::ConnectProxy proxy;
  proxy.answer_next(503);
  const Call call{through(proxy)};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto error = events.wait_for("error");
  EXPECT_EQ(error.json()["message"]["http_status"], 503);
  EXPECT_FALSE(error.final());
  server.wait_open();
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(ThroughAProxy, ASilentProxyHasADeadline) {
  test::ConnectProxy proxy;
  proxy.answer_next(0);
  const Call call{through(proxy)};
  call.set_variable("STREAM_CONNECT_TIME", "200");
  call.set_variable("STREAM_NO_RECONNECT", "true");
  const auto message = final_error(call, "ws://127.0.0.1:9/")["message"];
  EXPECT_EQ(message["code"], 10);
  EXPECT_NE(message["error"].get<std::string>().find("no answer within 200 ms"), std::string::npos);
}

TEST_F(ThroughAProxy, AnUnreachableProxyIsNamed) {
  const Call call{
      {.variables = {{"STREAM_PROXY", "http://127.0.0.1:9"}, {"STREAM_NO_RECONNECT", "true"}}}};
  const auto message = final_error(call, "ws://asr.invalid/")["message"];
  EXPECT_EQ(message["code"], 6);
  EXPECT_EQ(message["error"],
            "Proxy: Unable to connect to 127.0.0.1 on port 9, error: Connection refused");
}

TEST_F(ThroughAProxy, AStopOrAHangupDoesNotWaitForASilentProxy) {
  for (const bool hangup : {false, true}) {
    test::ConnectProxy proxy;
    proxy.answer_next(0);
    Call call{through(proxy)};
    EXPECT_EQ(call.api("start ws://127.0.0.1:9/ mono"), kOk);
    proxy.wait_request();
    if (hangup) {
      call.hangup();
    } else {
      EXPECT_EQ(call.api("stop"), kOk);
    }
    events.wait_for_final("default", std::chrono::seconds{3});
  }
}

TEST_F(ThroughAProxy, ABadProxyRefusesTheStart) {
  const Call call{{.variables = {{"STREAM_PROXY", "https://user:s3cr3t@proxy"}}}};
  EXPECT_EQ(call.api("start ws://127.0.0.1:9/ mono"),
            "-ERR STREAM_PROXY: \"https://proxy\" is not a proxy URL: the scheme is not http. Use "
            "http://[user:password@]host[:port], or none\n");
}

}  // namespace
}  // namespace contract
