#include "scenario_play.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace test {

std::string right_answer() {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         std::string{RawClient::accept} + "\r\n\r\n";
}

void Play::upgrade() const {
  ASSERT_EQ(client.upgrade(path), right_answer());
}

std::string Play::answer() const {
  return client.upgrade(path);
}

void Play::expect_silence() const {
  const Rest rest = client.read_rest(short_while);
  EXPECT_EQ(rest.bytes, "");
  EXPECT_EQ(rest.end, End::none);
}

void Play::expect_end(End end, const std::string& before) const {
  const Rest rest = client.read_rest();
  EXPECT_EQ(rest.bytes, before);
  EXPECT_EQ(rest.end, end);
}

void Play::expect_polite_end(unsigned code) const {
  client.send_close(code);
  const WireFrame frame = client.read_frame();
  EXPECT_EQ(frame.first, 0x88U);
  EXPECT_EQ(frame.payload, (std::string{static_cast<char>(code >> 8), static_cast<char>(code)}));
  expect_end(End::eof);
  client.finish();
  const Closed closed = server.wait_close(connection);
  EXPECT_EQ(closed.code, static_cast<int>(code));
  EXPECT_EQ(closed.by, "client");
  EXPECT_EQ(closed.tcp, "local");
}

void Play::expect_close_sent(const std::string& payload) const {
  const WireFrame frame = client.read_frame();
  EXPECT_EQ(frame.first, 0x88U);
  EXPECT_FALSE(frame.masked);
  EXPECT_EQ(frame.payload, payload);
  client.send_close(1000);
  expect_end(End::eof);
  client.finish();
  EXPECT_EQ(server.wait_close(connection).by, "server");
}

void Play::send_binaries(int count) const {
  for (int i = 0; i < count; ++i) client.send_frame(0x82, "12345678");
}

Check sends(std::string bytes) {
  return [bytes = std::move(bytes)](const Play& play) {
    play.upgrade();
    EXPECT_EQ(play.client.read_exactly(bytes.size()), bytes);
    play.expect_silence();
    play.expect_polite_end();
  };
}

Check answers(std::string bytes) {
  return [bytes = std::move(bytes)](const Play& play) {
    play.client.request(play.path);
    const Rest rest = play.client.read_rest(short_while);
    EXPECT_EQ(rest.bytes, bytes);
    EXPECT_EQ(rest.end, End::none);
  };
}

Check stays_silent(std::string said) {
  return [said = std::move(said)](const Play& play) {
    play.client.send(said);
    play.expect_silence();
    play.client.finish();
    EXPECT_EQ(play.server.wait_close(play.connection).tcp, "eof");
  };
}

Check answers_but_for(const std::string& without, const std::string& with) {
  return [=](const Play& play) {
    std::string expected = right_answer();
    const auto position = expected.find(without);
    ASSERT_NE(position, std::string::npos);
    expected.replace(position, without.size(), with);
    EXPECT_EQ(play.answer(), expected);
    play.expect_silence();
  };
}

Check answers_also(const std::string& header) {
  return [=](const Play& play) {
    const std::string right = right_answer();
    EXPECT_EQ(play.answer(), right.substr(0, right.size() - 2) + header + "\r\n\r\n");
  };
}

Check closes_with(std::string payload) {
  return [payload = std::move(payload)](const Play& play) {
    play.upgrade();
    play.expect_close_sent(payload);
  };
}

Check refuses(const std::string& status, const std::string& header) {
  return [=](const Play& play) {
    const std::string answer = play.answer();
    EXPECT_EQ(answer.substr(0, answer.find("\r\n")), "HTTP/1.1 " + status);
    EXPECT_NE(answer.find(header + "\r\n"), std::string::npos) << answer;
    play.expect_end(End::eof, status + "\n");
  };
}

Check sends_large(const std::vector<unsigned>& firsts, std::size_t total) {
  return [=](const Play& play) {
    play.upgrade();
    std::size_t size = 0;
    for (const unsigned first : firsts) {
      const WireFrame frame = play.client.read_frame();
      EXPECT_EQ(frame.first, first);
      EXPECT_EQ(frame.payload.find_first_not_of('a'), std::string::npos);
      size += frame.payload.size();
    }
    EXPECT_EQ(size, total);
    play.expect_polite_end(1009);
  };
}

Check drops(End end, int binaries) {
  return [=](const Play& play) {
    play.upgrade();
    play.send_binaries(binaries);
    play.expect_end(end);
    if (end == End::eof) play.client.finish();
    const Closed closed = play.server.wait_close(play.connection);
    EXPECT_EQ(closed.by, "none");
    EXPECT_EQ(closed.code, 1006);
    EXPECT_EQ(closed.binary_messages, static_cast<std::size_t>(binaries));
  };
}

Check ends_at_once(End end) {
  return [end](const Play& play) { play.expect_end(end); };
}

}  // namespace test
