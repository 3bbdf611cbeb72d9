// permessage-deflate (RFC 7692) with its defaults: offered, used for texts, and read in every form.
#include <string>

#include "contract_test.hpp"

namespace contract {
namespace {

using Compression = ContractTest;

constexpr int kCompressed = 4;  // RSV1

// boostorg/beast#3028: valid data that Boost.Beast 1.81 cannot read.
TEST_F(Compression, CompressedMessagesOfAServerAreReadInAllSizes) {
  test::WebSocketServer server{{.deflate = true}};
  const Call call{{.variables = {{"STREAM_PLAYBACK", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  EXPECT_NE(opened.extensions.find("permessage-deflate"), std::string::npos);
  const test::Bytes zeros(3200);
  server.send_binary(opened.connection, zeros);
  server.send_binary(opened.connection, zeros);
  const std::string letters(3137, 'a');
  for (const std::string& text : {letters, std::string{"another"}, letters}) {
    server.send_text(opened.connection, text);
    EXPECT_EQ(events.wait_for("json").body, text);
  }
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  EXPECT_EQ(server.count("open"), 1U);
}

TEST_F(Compression, TextsAreCompressedAndAudioIsNot) {
  test::RawServer server;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + server.url("/deflate") + " mono"), kOk);
  const int connection = server.wait_open().connection;
  EXPECT_EQ(server.wait_frame(connection, test::Opcode::binary).rsv, 0);
  EXPECT_EQ(call.api("send_text short"), kOk);
  EXPECT_EQ(server.wait_frame(connection, test::Opcode::text).rsv, 0);
  EXPECT_EQ(call.api("send_text " + std::string(1000, 'a')), kOk);
  const auto text = server.wait_frame(connection, test::Opcode::text);
  EXPECT_EQ(text.rsv, kCompressed);
  EXPECT_LT(text.payload.size(), 100U);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Compression, AudioIsCompressedIfTheVariableSaysSo) {
  test::RawServer server;
  const Call call{{.caller = Speech::silence(), .variables = {{"STREAM_DEFLATE_AUDIO", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/deflate") + " mono"), kOk);
  const int connection = server.wait_open().connection;
  const auto frame = server.wait_frame(connection, test::Opcode::binary);
  EXPECT_EQ(frame.rsv, kCompressed);
  EXPECT_LT(frame.payload.size(), 100U);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Compression, CompressedAudioArrivesUnchanged) {
  test::WebSocketServer server{{.deflate = true}};
  const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_DEFLATE_AUDIO", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(server.wait_binary(opened.connection).size(), 320U);
  for (const std::string& text : {std::string(100'000, 'b'), std::string{"c"}}) {
    EXPECT_EQ(call.api("send_text " + text), kOk);
    EXPECT_EQ(server.wait_text(opened.connection), text);
  }
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Compression, AServerThatRefusesCompressionGetsAPlainStream) {
  test::WebSocketServer server{{.deflate = true}};
  const Call call{{.caller = Speech::tone(440)}};
  server.refuse_next(2, 400);
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.header("Sec-WebSocket-Extensions"), std::nullopt);
  EXPECT_EQ(server.wait_binary(opened.connection).size(), 320U);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  EXPECT_EQ(names_of(events.all()), "connect disconnect! ");

  // The next request makes no offer.
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  EXPECT_EQ(server.wait_open().header("Sec-WebSocket-Extensions"), std::nullopt);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

// A text is one frame and one send(), so a server or proxy never sees it in pieces.
TEST_F(Compression, ATextIsOneFrame) {
  test::RawServer server;
  const Call call{{.variables = {{"STREAM_MESSAGE_DEFLATE", "true"}}}};
  EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
  const int connection = server.wait_open().connection;
  const std::string text(200'000, 'x');
  EXPECT_EQ(call.api("send_text " + text), kOk);
  const auto frame = server.wait_frame(connection, test::Opcode::text);
  EXPECT_TRUE(frame.fin);
  EXPECT_EQ(frame.payload.size(), text.size());
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

}  // namespace
}  // namespace contract
