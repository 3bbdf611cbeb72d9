#include "transport/tls_sessions.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <optional>
#include <string>

#include "fakes/self_signed.hpp"
#include "fakes/temp_dir.hpp"
#include "transport/tls.hpp"

namespace audio_stream::transport {
namespace {

namespace ssl = boost::asio::ssl;
namespace test = audio_stream::test;
using boost::asio::ip::tcp;
using boost::system::error_code;
using Stream = ssl::stream<tcp::socket>;

struct Shaken {
  bool done = false;
  bool resumed = false;
};

/// Connections over the loopback to a TLS server whose certificate is for "test".
class TlsResumptionTest : public testing::Test {
 protected:
  TlsResumptionTest() {
    use(server_, identity_);
    options_.ca_file = dir_.write("ca.pem", identity_.certificate_pem());
    context_ = *contexts_.get(options_);
  }

  static void use(ssl::context& server, const test::SelfSigned& identity) {
    server.use_certificate_chain(boost::asio::buffer(identity.certificate_pem()));
    server.use_private_key(boost::asio::buffer(identity.key_pem()), ssl::context::pem);
  }

  /// Makes one connection to the server, which ends without a close_notify.
  Shaken connect(const TlsServer& to = {"test", 443}) { return connect(context_, server_, to); }

  static Shaken connect(const TlsContext& context, ssl::context& server_context,
                        const TlsServer& to) {
    boost::asio::io_context io;
    tcp::acceptor acceptor{io, {boost::asio::ip::address_v4::loopback(), 0}};
    TlsResumption resumption{context, to};
    Stream client{io, *context};
    Stream server{io, server_context};
    client.next_layer().connect(acceptor.local_endpoint());
    acceptor.accept(server.next_layer());
    if (SSL_get_verify_mode(client.native_handle()) != SSL_VERIFY_NONE)
      client.set_verify_callback(ssl::host_name_verification{to.host});
    resumption.begin(client.native_handle());

    Shaken shaken;
    char byte = 0;
    server.async_handshake(Stream::server, [&](const error_code& error) {
      if (!error) boost::asio::write(server, boost::asio::buffer("x", 1));
    });
    client.async_handshake(Stream::client, [&](const error_code& error) {
      if (error) {
        resumption.failed();
        client.next_layer().close();
        return;
      }
      shaken.done = true;
      // With TLS 1.3 the tickets come after the handshake.
      client.async_read_some(boost::asio::buffer(&byte, 1), [](const error_code&, std::size_t) {});
    });
    io.run_for(std::chrono::seconds{20});
    shaken.resumed = SSL_session_reused(client.native_handle()) == 1;
    EXPECT_EQ(SSL_session_reused(server.native_handle()) == 1, shaken.resumed);
    return shaken;
  }

  test::TempDir dir_;
  test::SelfSigned identity_;
  ssl::context server_{ssl::context::tls_server};
  TlsOptions options_;
  TlsContexts contexts_;
  TlsContext context_;
};

class TlsVersion : public TlsResumptionTest, public testing::WithParamInterface<int> {
 protected:
  TlsVersion() { SSL_CTX_set_max_proto_version(server_.native_handle(), GetParam()); }
};

TEST_P(TlsVersion, ASecondConnectionToAServerIsResumed) {
  EXPECT_FALSE(connect().resumed);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(connect().resumed) << i;
}

TEST_P(TlsVersion, AnotherHostOrPortIsNotResumed) {
  EXPECT_TRUE(connect({"test", 443}).done);
  EXPECT_FALSE(connect({"test", 444}).resumed);
  const Shaken other = connect({"other", 443});
  EXPECT_FALSE(other.done) << "its certificate is for test";
  EXPECT_FALSE(other.resumed);
  EXPECT_FALSE(connect({"other", 443}).done) << "a failure leaves nothing behind";
  EXPECT_TRUE(connect({"test", 443}).resumed);
}

TEST_P(TlsVersion, ASessionIsNotResumedInAnotherContext) {
  EXPECT_TRUE(connect().done);
  TlsOptions stranger = options_;
  stranger.ca_file = dir_.write("other.pem", test::SelfSigned{}.certificate_pem());
  const Shaken shaken = connect(*contexts_.get(stranger), server_, {"test", 443});
  EXPECT_FALSE(shaken.resumed);
  EXPECT_FALSE(shaken.done) << "it trusts somebody else";
}

TEST_P(TlsVersion, AServerThatForgotTheSessionIsStillConnected) {
  EXPECT_TRUE(connect().done);
  ssl::context restarted{ssl::context::tls_server};
  use(restarted, identity_);
  SSL_CTX_set_max_proto_version(restarted.native_handle(), GetParam());
  const Shaken shaken = connect(context_, restarted, {"test", 443});
  EXPECT_TRUE(shaken.done);
  EXPECT_FALSE(shaken.resumed);
  EXPECT_TRUE(connect(context_, restarted, {"test", 443}).resumed);
}

INSTANTIATE_TEST_SUITE_P(Each, TlsVersion, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_F(TlsResumptionTest, ResumptionEndsAnHourAfterTheCertificateWasVerified) {
  const TlsServer server{"test", 443};
  EXPECT_TRUE(connect().done);
  EXPECT_TRUE(connect().resumed);
  auto session = context_->sessions.take(server);
  ASSERT_TRUE(session);
  context_->sessions.remove(server);
  session->verified -= TlsSessions::kLongestTrust - std::chrono::minutes{1};
  context_->sessions.keep(server, std::move(*session));
  EXPECT_TRUE(connect().resumed);
  const auto next = context_->sessions.take(server);
  ASSERT_TRUE(next) << "the resumed connection brought a session";
  EXPECT_LT(next->verified, TlsSessions::Clock::now() - std::chrono::minutes{58});

  session = context_->sessions.take(server);
  context_->sessions.remove(server);
  EXPECT_TRUE(connect().done);
  session = context_->sessions.take(server);
  context_->sessions.remove(server);
  session->verified -= TlsSessions::kLongestTrust;
  context_->sessions.keep(server, std::move(*session));
  EXPECT_FALSE(connect().resumed);
}

TEST_F(TlsResumptionTest, AnExpiredCertificateIsNotResumed) {
  // Only a client that trusts any server gets there without waiting.
  const test::SelfSigned expired{"test", -60};
  ssl::context server{ssl::context::tls_server};
  use(server, expired);
  const TlsContext lax = *contexts_.get({.ca_file = "NONE", .cert_file = "", .key_file = ""});
  EXPECT_TRUE(connect(lax, server, {"test", 443}).done);
  const Shaken again = connect(lax, server, {"test", 443});
  EXPECT_TRUE(again.done);
  EXPECT_FALSE(again.resumed);
}

TEST_F(TlsResumptionTest, TheNumberOfKeptSessionsIsBounded) {
  EXPECT_TRUE(connect().done);
  const auto taken = context_->sessions.take({"test", 443});
  ASSERT_TRUE(taken);
  const auto copy = [&] {
    return TlsSessions::Session{TlsSessionPtr{SSL_SESSION_dup(taken->ssl.get())}, taken->verified};
  };
  TlsSessions sessions;
  for (int i = 0; i < 20; ++i) sessions.keep({"h", 1}, copy());
  std::size_t count = 0;
  while (sessions.take({"h", 1})) ++count;
  EXPECT_EQ(count, TlsSessions::kMostOfAServer);
  for (std::uint16_t port = 1; port <= 200; ++port) sessions.keep({"h", port}, copy());
  count = 0;
  for (std::uint16_t port = 1; port <= 200; ++port) {
    if (sessions.take({"h", port})) ++count;
  }
  EXPECT_EQ(count, TlsSessions::kMostServers);
}

}  // namespace
}  // namespace audio_stream::transport
