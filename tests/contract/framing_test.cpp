// The frames that the module puts on the wire.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "contract_test.hpp"

namespace contract {
namespace {

class Framing : public ContractTest, public ::testing::WithParamInterface<const char*> {};

// RFC 6455, 5.3: without masking a caller's audio could pose as HTTP to a proxy.
TEST_P(Framing, EachFrameHasItsOwnMaskingKey) {
  test::RawServer server;
  const Call call{
      {.caller = Speech::tone(440), .variables = {{"STREAM_MESSAGE_DEFLATE", GetParam()}}}};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(call.api("start " + server.url("/") + " mono 8k meta"), kOk);
    const int connection = server.wait_open().connection;
    server.ping(connection, "hello");
    EXPECT_EQ(server.wait_pong(connection), "hello");
    EXPECT_EQ(call.api("send_text hello"), kOk);
    server.wait_binary_bytes(connection, 40UL * 320);
    EXPECT_EQ(call.api("stop bye"), kOk);
    events.wait_for_final();
    server.wait_close(connection);
  }
  std::map<std::string, std::string> keys;  // each key with its frame
  std::set<int> opcodes;
  std::size_t frames = 0;
  for (const auto& event : server.seen()) {
    if (event.value("event", "") != "frame") continue;
    ++frames;
    opcodes.insert(event.at("opcode").get<int>());
    EXPECT_TRUE(event.at("masked").get<bool>()) << event.dump();
    EXPECT_NE(event.at("mask"), "AAAAAA==") << "a key of nothing masks nothing";
    // Two equal keys occur by chance in one of ten million runs.
    const std::string which = "frame " + std::to_string(frames) + " of connection " +
                              event.at("conn").dump() + ", opcode " + event.at("opcode").dump() +
                              ", length " + event.at("len").dump();
    const auto [former, is_new] = keys.emplace(event.at("mask"), which);
    EXPECT_TRUE(is_new) << former->first << ": " << former->second << ", and " << which;
  }
  EXPECT_GE(frames, 2U * 44);
  EXPECT_EQ(opcodes, (std::set<int>{1, 2, 8, 10})) << "of every kind that the module sends";
}

INSTANTIATE_TEST_SUITE_P(DeflateDisabled, Framing, ::testing::Values("true", "false"));

}  // namespace
}  // namespace contract
