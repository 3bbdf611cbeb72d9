// wss with real certificates.
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "contract_test.hpp"
#include "support/certificates.hpp"
#include "support/temporary_directory.hpp"
#include "support/wait.hpp"

namespace contract {
namespace {

class Tls : public ContractTest {
 protected:
  static const test::Certificates& certificates() {
    static const test::Certificates made;
    return made;
  }

  static test::WebSocketServer serve(const char* certificate, bool ask_client = false) {
    return test::WebSocketServer{{.listen = {.tls = certificates().tls(certificate, ask_client)}}};
  }

  static CallShape trusting(const std::string& ca) {
    return {.caller = Speech::tone(440), .variables = {{"STREAM_TLS_CA_FILE", ca}}};
  }

  void expect_refused(const Call& call, const std::string& url, const std::string& why, int code) {
    EXPECT_EQ(call.api("start " + url + " mono"), kOk);
    const auto message = events.wait_for("error").json()["message"];
    EXPECT_NE(message["error"].get<std::string>().find(why), std::string::npos) << message.dump();
    EXPECT_EQ(message["code"], code);
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
  }

  void expect_streams(const Call& call, test::WebSocketServer& server, const std::string& url) {
    EXPECT_EQ(call.api("start " + url + " mono"), kOk);
    server.wait_binary(server.wait_open().connection);
    EXPECT_EQ(call.api("stop"), kOk);
    EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1000);
  }
};

TEST_F(Tls, ATrustedServerIsStreamedTo) {
  auto server = serve("server");
  const Call call{trusting(certificates().ca())};
  EXPECT_EQ(call.api("start " + server.url("/", "localhost") + " mono 8k meta"), kOk);
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.tls->asked_name, "localhost") << "SNI";
  EXPECT_EQ(server.wait_text(opened.connection), "meta");
  server.wait_binary(opened.connection);
  server.send_text(opened.connection, "secure hello");
  EXPECT_EQ(events.wait_for("json").body, "secure hello");
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1000);
}

TEST_F(Tls, AnAddressIsVerifiedToo) {
  auto server = serve("server");
  const Call call{trusting(certificates().ca())};
  expect_streams(call, server, server.url("/"));
}

TEST_F(Tls, AnAuthorityUnknownToTheSystemIsRefused) {
  auto server = serve("server");
  const Call call;
  expect_refused(call, server.url("/"), "STREAM_TLS_CA_FILE names the file", 8);
}

TEST_F(Tls, AnotherAuthorityIsRefused) {
  auto server = serve("server");
  const Call call{trusting(certificates().other_ca())};
  expect_refused(call, server.url("/"), "certificate verify failed", 8);
}

TEST_F(Tls, AnExpiredCertificateIsRefused) {
  auto server = serve("expired");
  const Call call{trusting(certificates().ca())};
  expect_refused(call, server.url("/"), "certificate has expired", 8);
}

TEST_F(Tls, ASelfSignedCertificateIsRefused) {
  auto server = serve("self-signed");
  const Call call{trusting(certificates().ca())};
  expect_refused(call, server.url("/"), "certificate verify failed", 8);
}

TEST_F(Tls, ACertificateForAnotherHostIsRefusedUnlessTheUserSaysOtherwise) {
  auto server = serve("wrong-name");
  const Call call{trusting(certificates().ca())};
  expect_refused(call, server.url("/"), "not for this host). Use a name that the certificate has",
                 8);
  call.set_variable("STREAM_TLS_DISABLE_HOSTNAME_VALIDATION", "true");
  expect_streams(call, server, server.url("/"));
}

TEST_F(Tls, WithoutVerificationAnyServerIsAccepted) {
  auto server = serve("self-signed");
  const Call call{trusting("NONE")};
  expect_streams(call, server, server.url("/"));
}

TEST_F(Tls, AServerMayAskForOurCertificate) {
  auto server = serve("server", true);
  const Call call{trusting(certificates().ca())};
  call.set_variable("STREAM_TLS_CERT_FILE", certificates().certificate("client"));
  call.set_variable("STREAM_TLS_KEY_FILE", certificates().key("client"));
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  EXPECT_FALSE(server.wait_open().tls->client_name.empty());
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Tls, WithoutARequiredClientCertificateTheServerRefuses) {
  auto server = serve("server", true);
  const Call call{trusting(certificates().ca())};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  events.wait_for("error");
  EXPECT_EQ(server.count("open"), 0U);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Tls, UnusableFilesAreNamedAndEndTheStream) {
  auto server = serve("server");
  const Call call{trusting("/nonexistent/ca.pem")};
  const auto expect_final = [&](const std::string& why) {
    EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
    const auto final = events.wait_for_final();
    EXPECT_EQ(final.name, "error");
    EXPECT_EQ(final.json()["message"]["code"], 7);
    EXPECT_EQ(final.json()["stats"]["reason"], "refused");
    const auto error = final.json()["message"]["error"].get<std::string>();
    EXPECT_NE(error.find(why), std::string::npos) << error;
  };
  expect_final("CA file \"/nonexistent/ca.pem\" can't be used: No such file or directory");
  const test::TemporaryDirectory directory;
  const std::string fifo = directory.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  call.set_variable("STREAM_TLS_CA_FILE", fifo);
  expect_final("CA file \"" + fifo + "\" can't be used: it is not a regular file");
  call.set_variable("STREAM_TLS_CA_FILE", certificates().ca());
  call.set_variable("STREAM_TLS_CERT_FILE", certificates().certificate("client"));
  const std::string reply = call.api("start " + server.url("/") + " mono");
  EXPECT_TRUE(reply.starts_with("-ERR STREAM_TLS_CERT_FILE and STREAM_TLS_KEY_FILE go together"))
      << reply;
  call.set_variable("STREAM_TLS_KEY_FILE", certificates().key("server"));
  expect_final("key file");
}

class TlsReconnection : public Tls, public ::testing::WithParamInterface<const char*> {};

TEST_P(TlsReconnection, IsResumed) {
  auto files = certificates().tls();
  files.most = GetParam();
  test::WebSocketServer server{{.listen = {.tls = files}}};
  const Call call{trusting(certificates().ca())};
  EXPECT_EQ(call.api("start " + server.url("/", "localhost") + " mono"), kOk);
  const auto first = server.wait_open();
  EXPECT_FALSE(first.tls->resumed);
  EXPECT_EQ(first.tls->version, std::string{"TLSv"} + GetParam());
  server.wait_binary(first.connection);
  server.close(first.connection, 1012, "restart");
  for (int i = 0; i < 2; ++i) {
    const auto next = server.wait_open();
    EXPECT_TRUE(next.tls->resumed);
    EXPECT_EQ(next.tls->asked_name, "localhost");
    server.wait_binary(next.connection);
    server.abort(next.connection);
  }
  EXPECT_TRUE(server.wait_open().tls->resumed) << "after an end without a goodbye, too";
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsReconnection, ::testing::Values("1.2", "1.3"));

TEST_F(Tls, ASessionOfOneHostIsNotUsedForAnother) {
  test::WebSocketServer server{{.listen = {.bind = "0.0.0.0", .tls = certificates().tls()}}};
  const Call call{trusting(certificates().ca())};
  expect_streams(call, server, server.url("/", "127.0.0.1"));
  expect_streams(call, server, server.url("/", "127.0.0.1"));
  expect_refused(call, server.url("/", "127.0.0.2"), "not for this host", 8);
}

TEST_F(Tls, AChangedFileAppliesToTheNextConnectionWithoutAReload) {
  LogRecorder log;
  const test::TemporaryDirectory directory;
  const auto ca = directory.path() / "ca.pem";
  using std::filesystem::copy_options;
  std::filesystem::copy_file(certificates().other_ca(), ca);
  auto server = serve("server");
  const Call call{trusting(ca)};
  expect_refused(call, server.url("/"), "certificate verify failed", 8);

  std::filesystem::copy_file(certificates().ca(), ca, copy_options::overwrite_existing);
  expect_streams(call, server, server.url("/"));

  // A half-written file does no harm: the previous version stays in use.
  std::ofstream{ca} << "-----BEGIN CERT";
  expect_streams(call, server, server.url("/"));
  EXPECT_TRUE(log.wait_for("CA file \"" + ca.string() + "\" can't be used"));

  // A server that is no longer trusted is refused, although it was trusted before.
  std::filesystem::copy_file(certificates().other_ca(), ca, copy_options::overwrite_existing);
  expect_refused(call, server.url("/"), "certificate verify failed", 8);
}

TEST_F(Tls, PlainTextOnATlsPortAndTlsOnAPlainPortAreErrors) {
  auto secure = serve("server");
  test::WebSocketServer plain;
  const Call call{trusting(certificates().ca())};
  EXPECT_EQ(call.api("start name=a ws://127.0.0.1:" + std::to_string(secure.port()) + "/ mono"),
            kOk);
  EXPECT_EQ(call.api("start name=b wss://127.0.0.1:" + std::to_string(plain.port()) + "/ mono"),
            kOk);
  std::string told = events.wait_for("error").body;
  told += events.wait_for("error").body;
  EXPECT_NE(told.find("use wss://"), std::string::npos) << told;
  EXPECT_NE(told.find("use ws://"), std::string::npos) << told;
  EXPECT_EQ(call.api("stop name=a"), kOk);
  EXPECT_EQ(call.api("stop name=b"), kOk);
  events.wait_for_final("a");
  events.wait_for_final("b");
  EXPECT_EQ(plain.count("open"), 0U) << "wss must never go on in plain text";
}

/// Whether a lenient client gets a TLS 1.1 connection to that port.
bool speaks_tls_1_1(int port) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "DEFAULT:@SECLEVEL=0");
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection{BIO_new_ssl_connect(context.get()),
                                                                 &BIO_free_all};
  BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  return BIO_do_handshake(connection.get()) == 1;
}

TEST_F(Tls, AServerWithoutTls12IsRefused) {
  auto files = certificates().tls();
  files.most = "1.1";
  test::WebSocketServer server{{.listen = {.tls = files}}};
  ASSERT_TRUE(speaks_tls_1_1(server.port()));
  const Call call{trusting("NONE")};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto error = events.wait_for("error").json();
  EXPECT_EQ(error["message"]["code"], 8) << error;
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  EXPECT_EQ(server.count("open"), 0U);
}

// Above all not from wss to ws, where anybody on the way could listen.
TEST_F(Tls, ARedirectIsNotFollowed) {
  test::RawServer secure{{.listen = {.tls = certificates().tls()}}};
  test::RawServer elsewhere;
  auto shape = trusting("NONE");
  shape.variables["STREAM_NO_RECONNECT"] = "true";
  const Call call{shape};
  const std::string port = std::to_string(elsewhere.port());
  for (const std::string scheme : {"ws", "wss", "http"}) {
    for (const std::string code : {"301", "302", "307", "308"}) {
      EXPECT_EQ(call.api("start " +
                         secure.url("/redirect?code=" + code + "&location=" + scheme +
                                    "://127.0.0.1:" + port + "/") +
                         " mono"),
                kOk);
      const auto end = events.wait_for_final();
      EXPECT_EQ(end.name, "error");
      EXPECT_EQ(end.json()["message"]["http_status"], std::stoi(code));
    }
  }
  // The server may report its last answer after the stream has received it.
  EXPECT_TRUE(test::eventually([&] { return secure.count("open") == 12; }));
  EXPECT_EQ(elsewhere.count("connected"), 0U);
}

TEST_F(Tls, ServersThatMisbehaveInTheTlsHandshakeAreErrors) {
  for (const char* scenario : {"tls-garbage", "tls-close"}) {
    test::RawServer server{{.scenario = scenario}};
    const Call call{trusting("NONE")};
    EXPECT_EQ(call.api("start wss://127.0.0.1:" + std::to_string(server.port()) + "/ mono"), kOk);
    EXPECT_EQ(events.wait_for("error").json()["message"]["code"], 8) << scenario;
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
  }
}

}  // namespace
}  // namespace contract
