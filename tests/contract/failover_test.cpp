// Streams with several URLs: one of them serves, and gets the caller's first words.
#include "contract_test.hpp"

namespace contract {
namespace {

class Failover : public ContractTest {};

TEST_F(Failover, TheFirstUrlThatServesGetsTheMetadataAndTheAudio) {
  test::WebSocketServer refusing;
  refusing.refuse_next(3, 403);  // one for each offer of compression
  test::WebSocketServer gone;
  gone.stop_listening();
  test::WebSocketServer serving;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + refusing.url("/a?key=s3cr3t") + "," + gone.url("/b") + "," +
                     serving.url("/c") + " mono 8k meta"),
            kOk);
  const auto opened = serving.wait_open();
  EXPECT_EQ(opened.path, "/c");
  EXPECT_EQ(serving.wait_text(opened.connection), "meta");
  serving.wait_binary(opened.connection);
  EXPECT_EQ(events.wait_for("connect").json()["message"]["url"], serving.url("/c"));
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  EXPECT_EQ(names_of(events.all()), "error error connect disconnect! ");
  const auto refused = events.all().at(0).json()["message"];
  EXPECT_EQ(refused["url"], refusing.url("/a"));
  EXPECT_EQ(refused["http_status"], 403);
  EXPECT_EQ(refused["wait_time"], 0);
  EXPECT_EQ(events.all().at(1).json()["message"]["url"], gone.url("/b"));
}

TEST_F(Failover, AServerThatGoesAwayIsReplacedByTheNext) {
  test::WebSocketServer first;
  test::WebSocketServer second;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + first.url("/") + "," + second.url("/") + " mono 8k meta"), kOk);
  const auto opened = first.wait_open();
  first.wait_binary(opened.connection);
  first.stop_listening();
  first.close(opened.connection, 1012, "restarting");
  const auto again = second.wait_open();
  EXPECT_EQ(second.wait_text(again.connection), "meta");
  second.wait_binary(again.connection);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  EXPECT_EQ(names_of(events.all()), "connect disconnect error connect disconnect! ");
}

// Its TCP still takes audio, so only its missing pongs show the freeze.
TEST_F(Failover, AServerThatFreezesIsReplacedByTheNext) {
  const test::WebSocketServer first;
  test::WebSocketServer second;
  const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_LIVENESS", "1"}}}};
  EXPECT_EQ(call.api("start " + first.url("/") + "," + second.url("/") + " mono 8k"), kOk);
  // Silence counts only after an answered ping: the second ping follows the first answer.
  ASSERT_TRUE(test::eventually([&] { return first.count("ping") > 1; }));
  first.freeze();
  const auto frozen = std::chrono::steady_clock::now();
  const auto again = second.wait_open();
  EXPECT_LT(std::chrono::steady_clock::now() - frozen, std::chrono::seconds{8});
  second.wait_binary(again.connection);
  EXPECT_EQ(call.api("stop"), kOk);
  const auto last = events.wait_for_final().json();
  EXPECT_EQ(names_of(events.all()), "connect disconnect connect disconnect! ");
  const auto lost = events.all().at(1).json()["message"];
  EXPECT_EQ(lost["code"], 1011);
  EXPECT_EQ(lost["reason"], "Ping timeout");
  EXPECT_EQ(lost["url"], first.url("/"));
  EXPECT_TRUE(last["stats"]["rtt_ms"].is_number());
}

TEST_F(Failover, RefusalsOfAllServersEndTheStream) {
  test::WebSocketServer first;
  first.refuse_next(1, 401);
  test::WebSocketServer second;
  second.refuse_next(3, 404);  // one for each offer of compression
  const Call call;
  EXPECT_EQ(call.api("start " + first.url("/") + "," + second.url("/") + " mono"), kOk);
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "refused");
  EXPECT_EQ(names_of(events.all()), "error error! ");
}

TEST_F(Failover, OneBadUrlRefusesTheStart) {
  const Call call;
  EXPECT_TRUE(call.api("start ws://127.0.0.1:9/,ws://h:99999/ mono")
                  .starts_with("-ERR invalid websocket url \"ws://h:99999/\""));
  EXPECT_TRUE(call.api("stop").starts_with("-ERR no stream named"));
}

}  // namespace
}  // namespace contract
