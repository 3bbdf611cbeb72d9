#include "scenario_checks.hpp"

#include <gtest/gtest.h>
#include <boost/beast/zlib/inflate_stream.hpp>

namespace test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr std::string_view offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

/// The first frame after the 101 to a client that offers deflate.
WireFrame deflated_frame(const Play& play) {
  const std::string answer = play.client.upgrade(play.path, offer);
  EXPECT_NE(answer.find(std::string{offer}), std::string::npos) << answer;
  return play.client.read_frame();
}

/// Inflates a message without its tail, up to `limit` bytes. Nothing if the data is malformed.
std::string inflate(const std::string& deflated, std::size_t limit) {
  namespace zlib = boost::beast::zlib;
  const std::string input = deflated + "\x00\x00\xff\xff"s;
  std::string output(limit, '\0');
  zlib::inflate_stream stream;
  zlib::z_params parameters;
  parameters.next_in = input.data();
  parameters.avail_in = input.size();
  parameters.next_out = output.data();
  parameters.avail_out = output.size();
  boost::system::error_code error;
  stream.write(parameters, zlib::Flush::sync, error);
  output.resize(limit - parameters.avail_out);
  return error && error != zlib::error::need_buffers ? "" : output;
}

void check_deflate_refused_without_offer(RawServer& server) {
  RawClient client{server.port()};
  server.wait_connected();
  EXPECT_EQ(client.upgrade("/deflate").substr(9, 3), "400");
}

}  // namespace

void check_deflate(const Play& play) {
  check_deflate_refused_without_offer(play.server);
  const WireFrame frame = deflated_frame(play);
  EXPECT_EQ(frame.first, 0xC1U);
  EXPECT_EQ(inflate(frame.payload, 100), "squeezed");
  play.client.send_frame(0xC1, frame.payload);
  EXPECT_EQ(play.server.wait_frame(play.connection).rsv, 4);
  EXPECT_EQ(play.server.wait_text(play.connection), "squeezed");
  play.expect_polite_end(1000);
}

void check_deflate_broken(const Play& play) {
  const WireFrame frame = deflated_frame(play);
  EXPECT_EQ(frame.first, 0xC1U);
  EXPECT_EQ(inflate(frame.payload, 100), "");
  play.expect_polite_end();
}

void check_deflate_bomb(const Play& play) {
  const WireFrame frame = deflated_frame(play);
  EXPECT_EQ(frame.first, 0xC1U);
  EXPECT_LT(frame.payload.size(), 17U * 1024);
  EXPECT_GT(inflate(frame.payload, 17 * mebibyte).size(), 16 * mebibyte);
  play.expect_polite_end(1009);
}

void check_deflate_continuation_marked(const Play& play) {
  const WireFrame begin = deflated_frame(play);
  const WireFrame end = play.client.read_frame();
  EXPECT_EQ(begin.first, 0x41U);
  EXPECT_EQ(end.first, 0xC0U);
  EXPECT_EQ(inflate(begin.payload + end.payload, 100), "squeezed in two");
}

void check_deflate_announced(const Play& play) {
  const WireFrame begin = deflated_frame(play);
  EXPECT_EQ(begin.first, 0x41U);
  EXPECT_EQ(inflate(begin.payload, 100), "squeezed, ");
  EXPECT_EQ(play.client.read_exactly(10), (std::string{"\0\x7f\x40\0\0\0\0\0\0\0", 10}));
}

void check_normal(const Play& play) {
  play.upgrade();
  const Opened opened = play.server.wait_open(play.connection);
  EXPECT_EQ(opened.path, play.path);
  EXPECT_EQ(opened.header("sec-websocket-key"), RawClient::key);
  EXPECT_FALSE(opened.tls.has_value());

  play.client.send_frame(0x01, "gr\xc3");
  play.client.send_frame(0x89, "ping!");
  play.client.send_frame(0x80, "\xbc\xc3\x9f");
  const Frame first = play.server.wait_frame(play.connection);
  EXPECT_FALSE(first.fin);
  EXPECT_TRUE(first.masked);
  EXPECT_EQ(first.mask.size(), 4U);
  EXPECT_EQ(first.opcode, static_cast<int>(Opcode::text));
  EXPECT_EQ(first.payload, (Bytes{'g', 'r', 0xc3}));
  EXPECT_EQ(play.server.wait_frame(play.connection, Opcode::continuation).payload.size(), 3U);
  EXPECT_EQ(play.server.wait_text(play.connection), "gr\u00fc\u00df");
  EXPECT_EQ(play.server.wait_ping(play.connection), "ping!");
  EXPECT_EQ(play.client.read_exactly(7), "\x8a\x05ping!");

  play.client.send_frame(0x82, std::string(300, 'b'));
  EXPECT_EQ(play.server.wait_binary(play.connection), Bytes(300, 'b'));
  play.client.send_frame(0xF2, "");
  EXPECT_EQ(play.server.wait_frame(play.connection, Opcode::binary).payload.size(), 300U);
  EXPECT_EQ(play.server.wait_frame(play.connection, Opcode::binary).rsv, 7);
  play.expect_polite_end(1001);
}

void check_slow_handshake(const Play& play) {
  play.client.request(play.path);
  EXPECT_EQ(play.client.read_rest(short_while).bytes, right_answer());
  play.expect_polite_end();
}

void check_huge_header(const Play& play) {
  const std::string answer = play.answer();
  const auto start = answer.find("\r\nX-Filler: ") + 12;
  EXPECT_EQ(answer.find_first_not_of('x', start) - start, mebibyte);
  EXPECT_EQ(answer.find(right_answer().substr(0, 100)), 0U);
}

void check_many_headers(const Play& play) {
  const std::string answer = play.answer();
  EXPECT_EQ(answer.find(right_answer().substr(0, 100)), 0U);
  EXPECT_NE(answer.find("\r\nX-Filler-19999: x\r\n"), std::string::npos);
}

void check_half_then_silence(const Play& play) {
  play.client.request(play.path);
  const Rest rest = play.client.read_rest(short_while);
  EXPECT_EQ(rest.bytes, right_answer().substr(0, right_answer().size() / 2));
  EXPECT_EQ(rest.end, End::none);
}

void check_half_then_close(const Play& play) {
  play.client.request(play.path);
  play.expect_end(End::eof, right_answer().substr(0, right_answer().size() / 2));
}

void check_reset_after_upgrade(const Play& play) {
  play.client.request(play.path);
  const Rest rest = play.client.read_rest();
  EXPECT_EQ(rest.end, End::reset);
  EXPECT_TRUE(rest.bytes.empty() || rest.bytes == right_answer());
  EXPECT_EQ(play.server.wait_close(play.connection).tcp, "local");
}

void check_text_in_same_segment(const Play& play) {
  play.client.request(play.path);
  EXPECT_EQ(play.client.read_rest(short_while).bytes, right_answer() + "\x81\x05hello");
  play.expect_polite_end(1000);
}

void check_close_then_text(const Play& play) {
  play.upgrade();
  EXPECT_EQ(play.client.read_exactly(10), "\x88\x02\x03\xe8\x81\x04late");
  play.client.send_close(1000);
  play.expect_end(End::eof);
}

void check_close_keeps_tcp(const Play& play) {
  play.upgrade();
  EXPECT_EQ(play.client.read_exactly(4), "\x88\x02\x03\xe8");
  play.client.send_close(1000);
  EXPECT_EQ(play.server.wait_frame(play.connection, Opcode::close).payload, (Bytes{3, 0xe8}));
  play.expect_silence();
  play.client.finish();
  EXPECT_EQ(play.server.wait_close(play.connection).tcp, "eof");
}

void check_close_unanswered(const Play& play) {
  play.upgrade();
  play.client.send_close(1000, "over");
  play.expect_silence();
  play.client.finish();
  const Closed closed = play.server.wait_close(play.connection);
  EXPECT_EQ(closed.by, "client");
  EXPECT_EQ(closed.reason, "over");
  EXPECT_EQ(closed.sent_code, std::nullopt);
  EXPECT_EQ(closed.tcp, "eof");
}

void check_close_answered_by_reset(const Play& play) {
  play.upgrade();
  play.client.send_close(1000);
  play.expect_end(End::reset);
}

void check_close_after_binary(const Play& play) {
  play.upgrade();
  play.send_binaries(2);
  play.expect_silence();
  play.send_binaries(1);
  play.expect_close_sent("\x03\xf4");
}

void check_fragment_unfinished(const Play& play) {
  play.upgrade();
  EXPECT_EQ(play.client.read_exactly(8), "\x01\x06"s + "begun ");
  play.expect_close_sent("\x03\xe8");
}

void check_cut_off(const Play& play) {
  play.upgrade();
  play.expect_end(End::eof, "\x81\x0c"s + "cut o");
}

void check_oversized_announced(const Play& play) {
  play.upgrade();
  EXPECT_EQ(play.client.read_exactly(10 + 1024),
            "\x81\x7f\x00\x00\x00\x00\x01\x10\x00\x00"s + std::string(1024, 'a'));
  play.expect_silence();
}

void check_ping_flood(const Play& play) {
  play.upgrade();
  for (unsigned number = 0; number < 10000; ++number) {
    const WireFrame frame = play.client.read_frame();
    ASSERT_EQ(frame.first, 0x89U);
    ASSERT_EQ(frame.payload.size(), 4U);
    if (number % 100 == 0) play.client.send_frame(0x8a, frame.payload);
  }
  EXPECT_EQ(play.client.read_frame().payload, "alive");
  play.expect_polite_end(1000);
  EXPECT_EQ(play.server.wait_for("pongs", play.connection).at("count"), 100);
}

void check_byte_by_byte(const Play& play) {
  play.upgrade();
  EXPECT_EQ(play.client.read_frame().payload, "one byte at a time");
}

void check_binary(const Play& play) {
  play.upgrade();
  const WireFrame frame = play.client.read_frame();
  EXPECT_EQ(frame.first, 0x82U);
  ASSERT_EQ(frame.payload.size(), 300U);
  EXPECT_EQ(frame.payload.substr(254, 4), "\xfe\xff\x00\x01"s);
  EXPECT_EQ(play.client.read_exactly(7),
            "\x81\x05"
            "alive");
}

void check_chatter(const Play& play) {
  play.upgrade();
  EXPECT_EQ(play.client.read_exactly(16), "\x81\x06tick 0\x81\x06tick 1");
  play.expect_polite_end(1000);
}

void check_speaker(const Play& play) {
  play.upgrade();
  const WireFrame audio = play.client.read_frame();
  EXPECT_EQ(audio.first, 0x82U);
  EXPECT_EQ(audio.payload.size(), 1601U);
  EXPECT_EQ(play.client.read_frame().payload, R"({"type":"mark","name":"0"})");
  EXPECT_EQ(play.client.read_frame().payload, R"({"type":"clear"})");
  play.expect_polite_end(1000);
}

void check_no_pong(const Play& play) {
  play.upgrade();
  play.client.send_frame(0x89, "anyone?");
  EXPECT_EQ(play.server.wait_ping(play.connection), "anyone?");
  play.expect_silence();
  play.expect_polite_end(1000);
}

void check_never_reads(const Play& play) {
  play.upgrade();
  EXPECT_LT(play.client.send_until_blocked(16 * mebibyte, short_while), 16 * mebibyte);
  EXPECT_EQ(play.server.count([&](const json& event) {
    return event.at("event") == "frame" && event.at("conn") == play.connection;
  }),
            0U);
  play.expect_silence();
}

void check_slow_reader(const Play& play) {
  play.upgrade();
  const auto start = std::chrono::steady_clock::now();
  play.client.send_frame(0x82, std::string(4000, 's'));
  EXPECT_EQ(play.server.wait_binary(play.connection).size(), 4000U);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 180ms);
  play.expect_polite_end(1000);
}

void check_silent_after(const Play& play) {
  play.upgrade();
  play.client.send_frame(0x89, "one");
  EXPECT_EQ(play.client.read_exactly(5), "\x8a\x03one");
  EXPECT_EQ(play.client.read_rest(500ms).end, End::none);
  play.client.send_frame(0x89, "two");
  play.expect_silence();
  play.client.finish();
  EXPECT_EQ(play.server.wait_close(play.connection).tcp, "eof");
}

}  // namespace test
