// Checks with an OpenSSL client that the certificates match their names, and that both servers ask
// for client certificates and report TLS errors.
#include "support/certificates.hpp"

#include <csignal>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "raw_client.hpp"
#include "support/raw_server.hpp"
#include "support/web_socket_server.hpp"

namespace test {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&::SSL_free)>;

/// A TLS client over a RawClient's socket.
class TlsClient {
 public:
  TlsClient(int port, const std::string& trusted, const std::string& name)
      : tcp_{port},
        context_{::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free},
        tls_{nullptr, &::SSL_free} {
    ::SSL_CTX_load_verify_file(context_.get(), trusted.c_str());
    ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    tls_.reset(::SSL_new(context_.get()));
    ::SSL_set_fd(tls_.get(), tcp_.descriptor());
    expect_name(name);
  }

  void use(const std::string& certificate, const std::string& key) {
    ::SSL_use_certificate_file(tls_.get(), certificate.c_str(), SSL_FILETYPE_PEM);
    ::SSL_use_PrivateKey_file(tls_.get(), key.c_str(), SSL_FILETYPE_PEM);
  }

  bool connect() { return ::SSL_connect(tls_.get()) == 1; }
  long verdict() { return ::SSL_get_verify_result(tls_.get()); }

  /// The first bytes of the server's answer. Empty if there is none.
  std::string ask(const std::string& path) {
    const std::string request = "GET " + path +
                                " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: "
                                "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                                std::string{RawClient::key} + "\r\n\r\n";
    ::SSL_write(tls_.get(), request.data(), static_cast<int>(request.size()));
    std::string answer(12, '\0');
    const int size = ::SSL_read(tls_.get(), answer.data(), static_cast<int>(answer.size()));
    answer.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return answer;
  }

 private:
  void expect_name(const std::string& name) {
    if (name.find_first_of("0123456789") == 0) {
      ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls_.get()), name.c_str());
    } else {
      ::SSL_set_tlsext_host_name(tls_.get(), name.c_str());
      ::SSL_set1_host(tls_.get(), name.c_str());
    }
  }

  RawClient tcp_;
  Context context_;
  Connection tls_;
};

class Tls : public testing::Test {
 public:
  static void SetUpTestSuite() {
    static_cast<void>(
        std::signal(SIGPIPE, SIG_IGN));  // OpenSSL may write to a server that has closed
    certificates_ = std::make_unique<Certificates>();
  }
  static void TearDownTestSuite() { certificates_.reset(); }

 protected:
  void TearDown() override { ::ERR_clear_error(); }

  /// The verdict of a client that trusts our authority on a server with this certificate.
  static long verdict_on(const std::string& certificate, const std::string& name = "localhost") {
    RawServer server{{.listen = {.tls = certificates_->tls(certificate)}}};
    TlsClient client{server.port(), certificates_->ca(), name};
    const bool connected = client.connect();
    EXPECT_EQ(connected, client.verdict() == X509_V_OK);
    if (!connected) {
      EXPECT_FALSE(server.wait_tls_failed().empty());
    }
    return client.verdict();
  }

  static std::unique_ptr<Certificates> certificates_;
};

std::unique_ptr<Certificates> Tls::certificates_;

TEST_F(Tls, CertificatesMatchTheirNames) {
  EXPECT_EQ(verdict_on("server"), X509_V_OK);
  EXPECT_EQ(verdict_on("server", "127.0.0.1"), X509_V_OK);
  EXPECT_EQ(verdict_on("server", "example.org"), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(verdict_on("wrong-name"), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(verdict_on("wrong-name", "example.invalid"), X509_V_OK);
  EXPECT_EQ(verdict_on("expired"), X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verdict_on("self-signed"), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  EXPECT_EQ(verdict_on("other-server"), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

template <class SomeServer>
class TlsServer : public Tls {};

using Servers = testing::Types<RawServer, WebSocketServer>;
TYPED_TEST_SUITE(TlsServer, Servers);

TYPED_TEST(TlsServer, ReportsTheTlsOfAConnection) {
  TypeParam server{{.listen = {.tls = Tls::certificates_->tls()}}};
  EXPECT_EQ(server.url("/x", "localhost"),
            "wss://localhost:" + std::to_string(server.port()) + "/x");
  TlsClient client{server.port(), Tls::certificates_->ca(), "localhost"};
  ASSERT_TRUE(client.connect());
  EXPECT_EQ(client.ask("/"), "HTTP/1.1 101");
  const Opened opened = server.wait_open();
  ASSERT_TRUE(opened.tls.has_value());
  EXPECT_EQ(opened.tls->version, "TLSv1.3");
  EXPECT_EQ(opened.tls->asked_name, "localhost");
  EXPECT_EQ(opened.tls->client_name, "");
}

TYPED_TEST(TlsServer, AsksForAClientCertificate) {
  TypeParam server{{.listen = {.tls = Tls::certificates_->tls("server", true)}}};
  const auto answer_to = [&](const std::string& name) {
    TlsClient client{server.port(), Tls::certificates_->ca(), "localhost"};
    if (!name.empty()) {
      client.use(Tls::certificates_->certificate(name), Tls::certificates_->key(name));
    }
    return client.connect() ? client.ask("/") : "";
  };
  EXPECT_EQ(answer_to(""), "");
  EXPECT_EQ(answer_to("other-client"), "");
  EXPECT_EQ(answer_to("client"), "HTTP/1.1 101");
  const Opened opened = server.wait_open();
  ASSERT_TRUE(opened.tls.has_value());
  EXPECT_EQ(opened.tls->client_name, "client");
}

}  // namespace
}  // namespace test
