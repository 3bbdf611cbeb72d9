// Checks that ws_server.py does and reports what it should, with a client that knows only TCP and
// frames.
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "raw_client.hpp"
#include "support/temporary_directory.hpp"
#include "support/web_socket_server.hpp"

namespace test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr auto short_while = 60ms;

std::string status_of(const std::string& answer) {
  return answer.substr(9, 3);
}

TEST(WebSocketServer, ReportsTheRequest) {
  WebSocketServer server{{.subprotocols = {"audio", "other"}}};
  RawClient client{server.port()};
  const std::string answer = client.upgrade(
      "/calls/%C3%A9?a=1&b=%20",
      "X-Case: One\r\nx-case: Two\r\nX-Latin: \xe9\r\nSec-WebSocket-Protocol: other\r\n");
  EXPECT_EQ(status_of(answer), "101");
  EXPECT_NE(answer.find(std::string{RawClient::accept}), std::string::npos);

  const Opened opened = server.wait_open();
  EXPECT_EQ(opened.connection, 1);
  EXPECT_EQ(opened.path, "/calls/%C3%A9?a=1&b=%20");
  EXPECT_EQ(opened.header("X-CASE"), "One");
  EXPECT_EQ(opened.header("x-latin"), "\u00e9");
  EXPECT_EQ(opened.header("absent"), std::nullopt);
  EXPECT_EQ(opened.subprotocol, "other");
  EXPECT_EQ(opened.extensions, "");
  EXPECT_FALSE(opened.tls.has_value());
  const auto names = [&] {
    std::string all;
    for (const auto& header : opened.headers) all += header.first + ' ';
    return all;
  }();
  EXPECT_NE(names.find("X-Case x-case X-Latin"), std::string::npos) << names;
}

TEST(WebSocketServer, ReportsMessages) {
  WebSocketServer server;
  RawClient client{server.port()};
  client.upgrade("/");
  client.send_frame(0x81, "gr\u00fcn");
  client.send_frame(0x89, "p1");
  client.send_frame(0x02, "\x00\xff"s);
  client.send_frame(0x80, "end");
  client.send_frame(0x82, "abc");
  EXPECT_EQ(server.wait_binary_bytes(1, 6), (Bytes{0, 255, 'e', 'n', 'd', 'a', 'b', 'c'}));
  EXPECT_EQ(server.wait_text(1), "gr\u00fcn");
  EXPECT_EQ(server.wait_ping(1), "p1");
  EXPECT_EQ(client.read_exactly(4), "\x8a\x02p1");
  const std::map<int, Counters> counters = server.counters();
  EXPECT_EQ(counters.at(1).binary_messages, 2U);
  EXPECT_EQ(counters.at(1).binary_bytes, 8U);
  EXPECT_EQ(counters.at(1).texts, 1U);
}

TEST(WebSocketServer, SendsOnCommand) {
  WebSocketServer server;
  RawClient client{server.port()};
  client.upgrade("/");
  const int connection = server.wait_open().connection;
  server.send_text(connection, "one");
  server.send_binary(connection, Bytes{2, 0});
  server.ping(connection, "three");
  EXPECT_EQ(client.read_exactly(16), "\x81\x03one\x82\x02\x02\x00\x89\x05three"s);
  client.send_frame(0x8a, "three");
  EXPECT_EQ(server.wait_pong(connection), "three");
  EXPECT_THROW(server.send_text(2, "nobody"), ServerError);
}

TEST(WebSocketServer, ReportsWhichSideClosed) {
  WebSocketServer server;
  RawClient left{server.port()};
  left.upgrade("/");
  server.close(1, 4001, "enough");
  EXPECT_EQ(left.read_exactly(10), "\x88\x08\x0f\xa1"s + "enough");
  left.send_close(4001, "enough");
  EXPECT_EQ(left.read_rest().end, End::eof);
  left.finish();
  const Closed by_server = server.wait_close(1);
  EXPECT_EQ(by_server.by, "server");
  EXPECT_EQ(by_server.code, 4001);
  EXPECT_EQ(by_server.reason, "enough");
  EXPECT_EQ(by_server.received_code, 4001);

  RawClient right{server.port()};
  right.upgrade("/");
  right.send_frame(0x82, "1234");
  right.send_close(1001, "bye");
  EXPECT_EQ(right.read_exactly(7), "\x88\x05\x03\xe9"s + "bye");
  right.finish();
  const Closed by_client = server.wait_close(2);
  EXPECT_EQ(by_client.by, "client");
  EXPECT_EQ(by_client.code, 1001);
  EXPECT_EQ(by_client.reason, "bye");
  EXPECT_EQ(by_client.binary_messages, 1U);
  EXPECT_EQ(by_client.binary_bytes, 4U);
}

TEST(WebSocketServer, ReportsAnEndWithoutACloseFrame) {
  WebSocketServer server;
  {
    RawClient client{server.port()};
    client.upgrade("/");
  }
  const Closed closed = server.wait_close(1);
  EXPECT_EQ(closed.by, "none");
  EXPECT_EQ(closed.code, 1006);
  EXPECT_EQ(closed.received_code, std::nullopt);
}

TEST(WebSocketServer, RejectsAnInvalidClient) {
  WebSocketServer server;
  RawClient client{server.port()};
  client.upgrade("/");
  client.send("\x81\x05hello");  // not masked
  EXPECT_EQ(client.read_exactly(4).substr(2), "\x03\xea");
  client.finish();
  EXPECT_EQ(server.wait_close(1).sent_code, 1002);
}

TEST(WebSocketServer, Resets) {
  WebSocketServer server;
  RawClient client{server.port()};
  client.upgrade("/");
  server.abort(server.wait_open().connection);
  EXPECT_EQ(client.read_rest().end, End::reset);
}

TEST(WebSocketServer, PausesReadingUntilTcpPushesBack) {
  constexpr std::size_t size = 16U << 20;
  WebSocketServer server{{.listen = {.receive_buffer = 4096}, .audio_data = false}};
  RawClient client{server.port()};
  client.upgrade("/");
  const int connection = server.wait_open().connection;
  server.pause_reading(connection);
  client.send_frame(0x89, "heard?");
  EXPECT_EQ(client.read_rest(short_while).bytes, "");
  client.send("\x82\xff\x00\x00\x00\x00\x01\x00\x00\x00mask"s);
  const std::size_t sent = client.send_until_blocked(size, short_while);
  EXPECT_LT(sent, size / 2);
  server.resume_reading(connection);
  EXPECT_EQ(client.read_exactly(8), "\x8a\x06heard?");
  EXPECT_EQ(client.send_until_blocked(size - sent, 5s), size - sent);
  EXPECT_EQ(server.wait_for("binary", connection).at("len"), size);
}

TEST(WebSocketServer, RefusesTheNextRequests) {
  WebSocketServer server;
  server.refuse_next(1, 503, 7);
  server.refuse_next(1, 404);
  const std::string unavailable = RawClient{server.port()}.upgrade("/one");
  EXPECT_EQ(status_of(unavailable), "503");
  EXPECT_NE(unavailable.find("\r\nRetry-After: 7\r\n"), std::string::npos) << unavailable;
  EXPECT_EQ(status_of(RawClient{server.port()}.upgrade("/two")), "404");
  EXPECT_EQ(status_of(RawClient{server.port()}.upgrade("/three")), "101");
  const json refused = server.wait_refused();
  EXPECT_EQ(refused.at("status"), 503);
  EXPECT_EQ(refused.at("path"), "/one");
  EXPECT_EQ(server.wait_open().connection, 3);
}

TEST(WebSocketServer, ChecksBasicAuthentication) {
  WebSocketServer server{{.basic_auth = "user:pass:word"}};
  EXPECT_EQ(status_of(RawClient{server.port()}.upgrade("/")), "401");
  EXPECT_EQ(
      status_of(RawClient{server.port()}.upgrade("/", "Authorization: Basic dXNlcjpubw==\r\n")),
      "401");
  EXPECT_EQ(status_of(RawClient{server.port()}.upgrade(
                "/", "Authorization: Basic dXNlcjpwYXNzOndvcmQ=\r\n")),
            "101");
}

TEST(WebSocketServer, AgreesToDeflateAsConfigured) {
  constexpr std::string_view offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  WebSocketServer without;
  EXPECT_EQ(RawClient{without.port()}.upgrade("/", offer).find("permessage-deflate"),
            std::string::npos);
  WebSocketServer with{{.deflate = true, .client_no_context_takeover = true}};
  RawClient client{with.port()};
  client.upgrade("/", offer);
  EXPECT_EQ(with.wait_open().extensions, "permessage-deflate; client_no_context_takeover");
  client.send_frame(0xC1, "\xcaH\xcd\xc9\xc9\x07\x00"s.replace(0, 1, "\xf2"));  // RFC 7692 7.2.3.1
  EXPECT_EQ(with.wait_text(1), "Hello");
  with.send_text(1, "Hello");
  EXPECT_EQ(client.read_exactly(9), "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"s);
}

TEST(WebSocketServer, EchoesAndRecords) {
  const TemporaryDirectory directory;
  const auto recording = directory.path() / "audio.l16";
  {
    WebSocketServer server{{.audio_data = false, .record = recording, .echo = true}};
    RawClient client{server.port()};
    client.upgrade("/");
    client.send_frame(0x82, "ab");
    client.send_frame(0x81, "text");
    client.send_frame(0x82, "cd");
    EXPECT_EQ(client.read_exactly(14), "\x82\x02"s + "ab" + "\x81\x04text" + "\x82\x02" + "cd");
    const json event = server.wait_for("binary", 1);
    EXPECT_EQ(event.at("len"), 2);
    EXPECT_FALSE(event.contains("data"));
  }
  std::ifstream file{recording, std::ios::binary};
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{file}, {}}), "abcd");
}

TEST(WebSocketServer, StopsListeningAndListensAgainOnTheSamePort) {
  WebSocketServer server;
  const int port = server.port();
  RawClient client{port};
  client.upgrade("/");
  server.wait_open();
  server.stop_listening();
  EXPECT_THROW(RawClient{port}, std::runtime_error);
  server.send_text(1, "still here");
  EXPECT_EQ(client.read_exactly(12), "\x81\x0astill here");
  server.listen_again();
  EXPECT_EQ(status_of(RawClient{port}.upgrade("/")), "101");
}

TEST(WebSocketServer, ListensOnIpv6) {
  WebSocketServer server{{.listen = {.bind = "::1"}}};
  EXPECT_EQ(status_of(RawClient{server.port(), "::1"}.upgrade("/")), "101");
}

}  // namespace
}  // namespace test
