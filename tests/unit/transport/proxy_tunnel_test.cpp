#include "transport/proxy_tunnel.hpp"
#include "transport/tcp_socket.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace audio_stream::transport {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using Result = tl::expected<TcpSocket, Failure>;

/// A tunnel through a proxy whose answer the test chooses.
class ProxyTunnelTest : public testing::Test {
 protected:
  ProxyTunnelTest() {
    tcp::acceptor acceptor{context_, {boost::asio::ip::address_v4::loopback(), 0}};
    client_.connect(acceptor.local_endpoint());
    acceptor.accept(proxy_);
  }

  /// The result of `answer`. If it is empty the proxy stays silent.
  Result open(const std::string& answer, const std::string& url = "ws://asr.invalid:9000/x?y=z",
              const std::string& proxy = "http://user:s3cret@proxy.example:3128",
              std::chrono::milliseconds deadline = 20s) {
    auto tunnel = std::make_shared<ProxyTunnel>(std::move(client_), **parse_proxy(proxy),
                                                *parse_url(url), deadline);
    std::optional<Result> result;
    tunnel->open([&](Result got) { result.emplace(std::move(got)); });
    bool asked = false;
    boost::asio::async_read_until(proxy_, boost::asio::dynamic_buffer(request_), "\r\n\r\n",
                                  [&](const auto& error, std::size_t) {
                                    asked = true;
                                    if (error || answer.empty()) return;
                                    boost::asio::write(proxy_, boost::asio::buffer(answer));
                                    if (closes_) proxy_.close();
                                  });
    while (!(result && asked) && context_.run_one_for(20s) == 1) {
    }
    return result ? std::move(*result) : tl::unexpected(Failure{ErrorCode::io, 0, "nothing came"});
  }

  Failure failure(const std::string& answer) {
    const auto result = open(answer);
    EXPECT_FALSE(result);
    return result ? Failure{} : result.error();
  }

  boost::asio::io_context context_;
  TcpSocket client_{context_};
  TcpSocket proxy_{context_};
  std::string request_;
  bool closes_ = false;
};

constexpr const char* kWhere =
    "The proxy http://proxy.example:3128 does not connect to "
    "asr.invalid:9000: ";

TEST_F(ProxyTunnelTest, TheRequestNamesTheTargetAndCarriesTheCredentials) {
  auto result = open("HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(
      request_.starts_with("CONNECT asr.invalid:9000 HTTP/1.1\r\nHost: "
                           "asr.invalid:9000\r\nUser-Agent: mod_audio_stream/"))
      << request_;
  EXPECT_NE(request_.find("\r\nProxy-Authorization: Basic dXNlcjpzM2NyZXQ=\r\n\r\n"),
            std::string::npos)
      << request_;
  EXPECT_EQ(request_.find("y=z"), std::string::npos) << "the proxy sees only host and port";
  boost::asio::write(*result, boost::asio::buffer("through", 7));
  std::string got(7, ' ');
  boost::asio::read(proxy_, boost::asio::buffer(got));
  EXPECT_EQ(got, "through");
}

TEST_F(ProxyTunnelTest, TheRequestHasTheDefaultPortAndNoCredentialsWithoutAny) {
  EXPECT_TRUE(open("HTTP/1.0 200 OK\r\n\r\n", "wss://[::1]/", "http://proxy.example"));
  EXPECT_TRUE(request_.starts_with("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n"))
      << request_;
  EXPECT_EQ(request_.find("Authorization"), std::string::npos);
}

TEST_F(ProxyTunnelTest, AUserWithoutAPasswordHasAnEmptyOne) {
  EXPECT_TRUE(open("HTTP/1.1 204 Fine\r\n\r\n", "ws://h/", "http://user@proxy.example"));
  EXPECT_NE(request_.find("Basic dXNlcjo=\r\n"), std::string::npos) << request_;
}

TEST_F(ProxyTunnelTest, InterimAnswersAreSkipped) {
  EXPECT_TRUE(
      open("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nA: b\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"));
}

TEST_F(ProxyTunnelTest, ARefusalIsNamedWithItsStatus) {
  const Failure refused = failure(
      "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
      "Content-Length: 4\r\n\r\nno!\n");
  EXPECT_EQ(refused.code, ErrorCode::connect_failed);
  EXPECT_EQ(refused.http_status, 407);
  EXPECT_EQ(refused.message, std::string{kWhere} +
                                 "it answers 407 Proxy Authentication Required. Give the user "
                                 "and password in STREAM_PROXY");
  EXPECT_FALSE(worth_retrying(refused));
}

TEST_F(ProxyTunnelTest, AGatewayTimeoutIsRetried) {
  const Failure failed = failure("HTTP/1.1 504 Gateway Timeout\r\n\r\n");
  EXPECT_EQ(failed.http_status, 504);
  EXPECT_TRUE(worth_retrying(failed));
}

TEST_F(ProxyTunnelTest, AMalformedAnswerIsAnError) {
  EXPECT_TRUE(failure("SSH-2.0-OpenSSH_9.2\r\n\r\n").message.starts_with(kWhere));
}

TEST_F(ProxyTunnelTest, AnEndlessAnswerIsAnError) {
  const Failure failed =
      failure("HTTP/1.1 200 OK\r\nX: " + std::string(std::size_t{64} * 1024, 'x'));
  EXPECT_TRUE(failed.message.starts_with(kWhere)) << failed.message;
}

TEST_F(ProxyTunnelTest, ATunnelThatSpeaksFirstIsAnError) {
  EXPECT_EQ(failure("HTTP/1.1 200 OK\r\n\r\nhello").message,
            std::string{kWhere} + "it sent more than its answer");
}

TEST_F(ProxyTunnelTest, AProxyThatClosesIsAnError) {
  closes_ = true;
  EXPECT_TRUE(failure("HTTP/1.1 2").message.starts_with(kWhere));
}

TEST_F(ProxyTunnelTest, ASilentProxyHasADeadline) {
  const auto result = open("", "ws://asr.invalid:9000/", "http://proxy.example:3128", 150ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::timeout);
  EXPECT_EQ(result.error().message, std::string{kWhere} + "no answer within 150 ms");
}

TEST_F(ProxyTunnelTest, ACancelledTunnelCallsNoHandler) {
  auto tunnel = std::make_shared<ProxyTunnel>(std::move(client_), **parse_proxy("http://p"),
                                              *parse_url("ws://h"), 20s);
  bool called = false;
  tunnel->open([&](const Result&) { called = true; });
  tunnel->cancel();
  const std::weak_ptr<ProxyTunnel> gone = tunnel;
  tunnel.reset();
  while (!gone.expired() && context_.run_one_for(20s) == 1) {
  }
  EXPECT_TRUE(gone.expired());
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace audio_stream::transport
