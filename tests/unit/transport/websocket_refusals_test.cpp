// Handshakes that a server refuses.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "transport/deflate_offers.hpp"
#include "transport/io_thread.hpp"
#include "transport/resolver.hpp"
#include "transport/websocket.hpp"
#include "transport/worker.hpp"

namespace audio_stream::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using audio_stream::websocket::DeflateOffer;
using boost::system::error_code;

/// Answers each request, on its own connection, with the next of the given answers.
class Refusing {
 public:
  explicit Refusing(std::vector<std::string> answers)
      : answers_{std::move(answers)}, thread_{[this] { serve(); }} {}
  ~Refusing() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }
  Refusing(const Refusing&) = delete;
  Refusing& operator=(const Refusing&) = delete;

  [[nodiscard]] std::string authority() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  /// The Sec-WebSocket-Extensions of each request, "-" if it had none. Complete once the client has
  /// failed.
  [[nodiscard]] std::vector<std::string> offers() const { return offers_; }

 private:
  void serve() {
    for (const auto& answer : answers_) {
      error_code error;
      tcp::socket socket = acceptor_.accept(error);
      if (error) return;
      std::string request;
      asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", error);
      constexpr std::string_view kName = "Sec-WebSocket-Extensions: ";
      const auto at = request.find(kName);
      offers_.push_back(
          at == std::string::npos
              ? "-"
              : request.substr(at + kName.size(), request.find("\r\n", at) - at - kName.size()));
      asio::write(socket, asio::buffer(answer), error);
      socket.shutdown(tcp::socket::shutdown_send, error);
      std::string rest;
      asio::read(socket, asio::dynamic_buffer(rest), error);
    }
  }

  const std::vector<std::string> answers_;
  std::vector<std::string> offers_;
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

class RefusalListener final : public WebSocket::Listener {
 public:
  virtual ~RefusalListener() = default;
  void on_open() override { ADD_FAILURE() << "it is connected"; }
  void on_failed(const Failure& why) override { failure.set_value(why); }
  void on_text(std::string&& /*text*/) override {}
  void on_binary(std::string_view /*bytes*/, bool /*last*/) override {}
  void on_pong() override {}
  void on_sent() override {}
  void on_closed(const Closure& /*closure*/) override {}
  std::promise<Failure> failure;
};

class Refusals : public testing::Test {
 protected:
  Failure connect(const Endpoint& endpoint) {
    RefusalListener listener;
    std::shared_ptr<WebSocket> socket;
    asio::post(io_.context(), [&] {
      socket = make_websocket({io_, resolver_, worker_, tls_contexts_, deflate_offers_},
                              std::make_shared<const Endpoint>(endpoint), {}, listener);
      socket->open();
    });
    Failure failure = listener.failure.get_future().get();
    std::promise<void> gone;
    asio::post(io_.context(), [&] {
      socket.reset();
      gone.set_value();
    });
    gone.get_future().get();
    return failure;
  }

  static Endpoint to(const Refusing& server, const std::string& user = {},
                     const std::string& target = "/") {
    Endpoint endpoint;
    endpoint.url = *parse_url("ws://" + user + server.authority() + target);
    return endpoint;
  }

  TlsContexts tls_contexts_;
  DeflateOffers deflate_offers_;
  IoThread io_{"io"};
  Resolver resolver_;
  Worker worker_;
};

std::string answer(const std::string& status, const std::string& body = {},
                   const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(Refusals, ARefusedOfferOfCompressionIsReducedAndThenDropped) {
  const Refusing server{{answer("400 Bad Request"), answer("400 Bad Request"),
                         answer("400 Bad Request", "still not")}};
  const Failure failure = connect(to(server));
  EXPECT_EQ(failure.http_status, 400);
  EXPECT_NE(failure.message.find("still not"), std::string::npos) << failure.message;
  ASSERT_EQ(server.offers().size(), 3U);
  EXPECT_TRUE(server.offers()[0].starts_with("permessage-deflate;")) << server.offers()[0];
  EXPECT_EQ(server.offers()[1], "permessage-deflate");
  EXPECT_EQ(server.offers()[2], "-");
}

TEST_F(Refusals, WithoutAnOfferARefusalIsFinal) {
  const Refusing server{{answer("400 Bad Request"), answer("400 Bad Request")}};
  Endpoint endpoint = to(server);
  endpoint.deflate = false;
  EXPECT_EQ(connect(endpoint).http_status, 400);
  EXPECT_EQ(server.offers(), std::vector<std::string>{"-"});
}

TEST_F(Refusals, OfAnotherKindAreNotRetriedWithoutCompression) {
  for (const std::string status : {"401 Unauthorized", "429 Too Many Requests", "503 Busy"}) {
    const Refusing server{{answer(status), answer(status)}};
    EXPECT_EQ(connect(to(server)).http_status, std::stoi(status));
    EXPECT_EQ(server.offers().size(), 1U) << status;
  }
}

TEST_F(Refusals, AMissingCredentialEndsWithTheVariablesThatTakeIt) {
  const std::string remedy = "Give credentials in STREAM_EXTRA_HEADERS or STREAM_BEARER_FILE";
  const Refusing server{{answer("401 Unauthorized"), answer("401 Unauthorized", "who are you?")}};
  EXPECT_TRUE(connect(to(server)).message.ends_with("HTTP/1.1 401 Unauthorized\r\n" + remedy));
  EXPECT_TRUE(connect(to(server)).message.ends_with("\r\nIt says: who are you?. " + remedy));
}

TEST_F(Refusals, TheBodyIsReportedOnOneLineWithoutSecrets) {
  const std::string body =
      "no such\n\ttenant for t0ken123 of user, pa55word " + std::string(500, 'x');
  const std::string refusal = answer("403 Forbidden", body);
  const Refusing server{{refusal, refusal, refusal}};
  Endpoint endpoint = to(server, "user:pa55word@", "/x?key=quer1ed");
  endpoint.headers = {{"Authorization", "Bearer t0ken123"}};
  const std::string text = connect(endpoint).message;
  EXPECT_TRUE(text.starts_with(
      "Expecting status 101 (Switching Protocol), got 403 status connecting to ws://" +
      server.authority() +
      "/x, HTTP Status line: HTTP/1.1 403 Forbidden\r\nIt says: no such tenant"))
      << text;
  for (const char* secret : {"t0ken123", "pa55word", "quer1ed"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << text;
  }
  EXPECT_EQ(text.find('\n'), text.rfind('\n')) << text;
  EXPECT_LT(text.size(), 450U) << "200 bytes of the body, with words in place of secrets";
}

// A truncated token can no longer be found and hidden.
TEST_F(Refusals, ASecretLongerThanTheShownPartIsHidden) {
  const std::string token = "eyJhbGciOiJIUzI1NiJ9." + std::string(380, 'T');
  for (const std::size_t before : {0U, 150U, 190U, 1000U, 1010U}) {
    const std::string refusal = answer("403 no " + token, std::string(before, ' ') + token + "!");
    const Refusing server{{refusal, refusal, refusal}};
    Endpoint endpoint = to(server);
    endpoint.headers = {{"Authorization", "Bearer " + token}};
    const std::string text = connect(endpoint).message;
    EXPECT_EQ(text.find("eyJh"), std::string::npos) << before << ": " << text;
    EXPECT_NE(text.find("403 no (not shown)"), std::string::npos) << text;
    EXPECT_NE(text.find("It says: (not shown)"), std::string::npos) << text;
  }
}

TEST_F(Refusals, AnAnswerThatIsNotHttpIsReportedWithoutSecrets) {
  const std::string token = "eyJhbGciOiJIUzI1NiJ9." + std::string(380, 'T');
  const Refusing server{{token}};
  Endpoint endpoint = to(server);
  endpoint.headers = {{"Authorization", "Bearer " + token}};
  const std::string text = connect(endpoint).message;
  EXPECT_EQ(text.find("eyJh"), std::string::npos) << text;
  EXPECT_NE(text.find("it is not HTTP/1; it begins with \"(not shown)\""), std::string::npos)
      << text;
}

TEST_F(Refusals, ARedirectIsFinalAndReportedWithItsTargetWithoutQuery) {
  const Refusing server{{answer("301 Moved Permanently", "",
                                "Location: https://other.example/stream?token=abcdef\r\n")}};
  const Failure failure = connect(to(server));
  EXPECT_EQ(failure.http_status, 301);
  EXPECT_FALSE(worth_retrying(failure));
  EXPECT_NE(failure.message.find("https://other.example/stream"), std::string::npos)
      << failure.message;
  EXPECT_EQ(failure.message.find("abcdef"), std::string::npos) << failure.message;
}

TEST(DeflateOffers, TheOfferThatAServerTookIsRemembered) {
  DeflateOffers offers;
  EXPECT_EQ(offers.best("host", 80), DeflateOffer::full);
  offers.remember("host", 80, DeflateOffer::bare);
  EXPECT_EQ(offers.best("host", 80), DeflateOffer::bare);
  EXPECT_EQ(offers.best("host", 81), DeflateOffer::full);
  EXPECT_EQ(DeflateOffers::smaller(DeflateOffer::full), DeflateOffer::bare);
  EXPECT_EQ(DeflateOffers::smaller(DeflateOffer::bare), DeflateOffer::none);
}

}  // namespace
}  // namespace audio_stream::transport
