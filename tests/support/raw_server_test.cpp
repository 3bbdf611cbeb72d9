// Checks that raw_server.py obeys commands. scenario_test.cpp checks its scenarios.
#include "support/raw_server.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "raw_client.hpp"

namespace test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST(RawServer, PlaysAScenarioForTheGivenConnections) {
  RawServer server{{.scenario = "status?code=503"}};
  EXPECT_EQ(RawClient{server.port()}.upgrade("/").substr(9, 3), "503");
  server.play("status?code=429", 2);
  EXPECT_EQ(RawClient{server.port()}.upgrade("/normal").substr(9, 3), "429");
  EXPECT_EQ(RawClient{server.port()}.upgrade("/text").substr(9, 3), "429");
  EXPECT_EQ(RawClient{server.port()}.upgrade("/").substr(9, 3), "101");
}

TEST(RawServer, AnswersAnUnknownScenarioWith404AndReportsIt) {
  RawServer server;
  EXPECT_EQ(RawClient{server.port()}.upgrade("/no-such-thing").substr(9, 3), "404");
  EXPECT_NE(server.wait_for("error", 1).at("message").get<std::string>().find("no-such-thing"),
            std::string::npos);
  EXPECT_THROW(server.play("no-such-thing"), ServerError);
}

TEST(RawServer, ObeysCommands) {
  RawServer server;
  RawClient client{server.port()};
  client.upgrade("/");
  const int connection = server.wait_open().connection;
  server.send_text(connection, "gr\u00fcn");
  EXPECT_EQ(client.read_exactly(7), "\x81\x05gr\u00fcn");
  server.send_binary(connection, Bytes{0, 255});
  EXPECT_EQ(client.read_exactly(4), "\x82\x02\x00\xff"s);
  server.ping(connection, "hey");
  EXPECT_EQ(client.read_exactly(5), "\x89\x03hey");
  client.send_frame(0x8a, "hey");
  EXPECT_EQ(server.wait_pong(connection), "hey");
  server.send_raw(connection, Bytes{1, 2, 3});
  EXPECT_EQ(client.read_exactly(3), "\x01\x02\x03");
  server.close(connection, 1011, "oops");
  EXPECT_EQ(client.read_exactly(8), "\x88\x06\x03\xf3oops");
  EXPECT_THROW(server.send_text(99, "nobody"), ServerError);
}

TEST(RawServer, PausesReading) {
  RawServer server;
  RawClient client{server.port()};
  client.upgrade("/");
  const int connection = server.wait_open().connection;
  server.pause_reading(connection);
  client.send_frame(0x89, "heard?");
  EXPECT_EQ(client.read_rest(60ms).bytes, "");
  server.resume_reading(connection);
  EXPECT_EQ(client.read_exactly(8), "\x8a\x06heard?");
}

TEST(RawServer, EndsTcpOnCommand) {
  RawServer server;
  RawClient cut{server.port()};
  cut.upgrade("/");
  server.fin(server.wait_open().connection);
  EXPECT_EQ(cut.read_rest().end, End::eof);
  RawClient reset{server.port()};
  reset.upgrade("/");
  server.abort(server.wait_open().connection);
  EXPECT_EQ(reset.read_rest().end, End::reset);
}

TEST(RawServer, StopsListeningAndListensAgainOnTheSamePort) {
  RawServer server;
  const int port = server.port();
  RawClient client{port};
  client.upgrade("/");
  server.stop_listening();
  EXPECT_THROW(RawClient{port}, std::runtime_error);
  server.send_text(1, "still here");
  EXPECT_EQ(client.read_exactly(12), "\x81\x0astill here");
  server.listen_again();
  EXPECT_EQ(RawClient{port}.upgrade("/").substr(9, 3), "101");
}

TEST(RawServer, ListensOnIpv6) {
  RawServer server{{.listen = {.bind = "::1"}}};
  EXPECT_EQ(server.url("/x"), "ws://[::1]:" + std::to_string(server.port()) + "/x");
  RawClient client{server.port(), "::1"};
  EXPECT_EQ(client.upgrade("/").substr(9, 3), "101");
}

}  // namespace
}  // namespace test
