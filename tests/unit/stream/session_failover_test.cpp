// Streams with several URLs.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "stream/session_fixture.hpp"

namespace audio_stream::stream {
namespace {

using namespace std::chrono_literals;

class Failover : public SessionTest {
 protected:
  Failover() {
    options_.further_urls = {*transport::parse_url("ws://second.example/?key=s3cret"),
                             *transport::parse_url("ws://third.example:9000/x")};
  }

  /// The host of each attempt.
  [[nodiscard]] std::vector<std::string> hosts() const {
    std::vector<std::string> all;
    for (const auto& socket : sockets_) all.push_back(socket->endpoint.url.host);
    return all;
  }
};

TEST_F(Failover, TheNextUrlIsTriedAtOnceAndEachEventNamesItsUrl) {
  begin();
  server().refuse(503);
  ASSERT_EQ(sockets_.size(), 2U);
  server().fail({transport::ErrorCode::connect_failed, 0, "no route"});
  ASSERT_EQ(sockets_.size(), 3U);
  server().accept();
  EXPECT_EQ(hosts(), (std::vector<std::string>{"example.com", "second.example", "third.example"}));
  EXPECT_EQ(story(), (Story{"error", "error", "connect"}));
  EXPECT_EQ(told(0)["url"], "ws://example.com/path");
  EXPECT_EQ(told(0)["wait_time"], 0);
  EXPECT_EQ(told(1)["url"], "ws://second.example/");
  EXPECT_EQ(told(2)["url"], "ws://third.example:9000/x");
  EXPECT_EQ(log_.count("no route (ws://second.example/); next attempt"), 1U);
  for (const auto& socket : sockets_) {
    EXPECT_EQ(socket->endpoint.headers, options_.endpoint.headers);
  }
  server().closed(1000);
  EXPECT_EQ(told(3)["url"], "ws://third.example:9000/x");
  expect_ended();
}

TEST_F(Failover, ARefusalOfOneUrlLeavesTheOthers) {
  begin();
  server().refuse(401);
  server().refuse(403);
  server().refuse(503);
  EXPECT_EQ(session_->state(), State::waiting);
  EXPECT_GT(told(2)["wait_time"], 0);
  ASSERT_TRUE(run_until_sockets(4));
  EXPECT_EQ(hosts().back(), "example.com");
}

TEST_F(Failover, RefusalsOfAllUrlsEndTheStream) {
  begin();
  server().refuse(401);
  server().refuse(403);
  server().refuse(404);
  EXPECT_EQ(story(), (Story{"error", "error", "error!"}));
  EXPECT_EQ(Json::parse(body(2))["stats"]["reason"], "refused");
  expect_ended();
}

TEST_F(Failover, AfterALossTheConnectedUrlIsTriedFirst) {
  begin();
  server().refuse(503);
  server().accept();
  server().closed(1011);
  ASSERT_TRUE(run_until_sockets(3));
  server().refuse(503);
  server().refuse(503);
  EXPECT_EQ(hosts(), (std::vector<std::string>{"example.com", "second.example", "second.example",
                                               "third.example", "example.com"}));
}

TEST_F(Failover, WithoutReconnectionEachUrlIsTriedOnce) {
  options_.reconnect.enabled = false;
  begin();
  server().refuse(503);
  server().refuse(503);
  server().refuse(503);
  EXPECT_EQ(story(), (Story{"error", "error", "error!"}));
  EXPECT_EQ(told(0)["retries"], 0);
  expect_ended();
}

TEST_F(Failover, TheLimitOfAttemptsCountsEachUrl) {
  options_.reconnect.max_attempts = 2;
  begin();
  server().refuse(503);
  server().refuse(503);
  EXPECT_EQ(story(), (Story{"error", "error!"}));
  expect_ended();
}

TEST_F(Failover, AudioBeforeAStopReachesTheNextServer) {
  options_.timeouts.linger = 20s;
  begin();
  speak(2);
  session_->stop("bye");
  server().refuse(503);
  ASSERT_EQ(sockets_.size(), 2U);
  server().accept();
  server().serve();
  ASSERT_TRUE(run_until([this] { return server().close_code != 0; }));
  EXPECT_EQ(server().sent, (std::vector<Message>{packet(1), packet(2), text("bye")}));
  server().close_answered();
  EXPECT_EQ(story(), (Story{"error", "connect", "disconnect!"}));
  expect_ended();
}

TEST_F(Failover, EventsOfAStreamWithOneUrlHaveNoUrl) {
  options_.further_urls.clear();
  begin();
  server().refuse(503);
  EXPECT_FALSE(told(0).contains("url"));
}

TEST_F(Failover, APauseIsRememberedThroughAnOutage) {
  begin();
  session_->pause(true);
  EXPECT_EQ(session_->state(), State::connecting);
  server().accept();
  EXPECT_EQ(session_->state(), State::paused);
  server().closed(1011);
  EXPECT_EQ(session_->state(), State::waiting);
  session_->pause(false);
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  EXPECT_EQ(session_->state(), State::streaming);
}

}  // namespace
}  // namespace audio_stream::stream
