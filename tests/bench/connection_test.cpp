// The sink's end of a connection, with bytes of a client.
#include "macro/sink/connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "macro/stamp.hpp"

namespace bench {
namespace {

class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
    connection_.emplace(ends_[1], nullptr);
  }
  void TearDown() override { close(ends_[0]); }

  /// Passes bytes of the client to the connection. True if the connection continues.
  bool say(const std::string& bytes, bool ends = false) {
    EXPECT_EQ(send(ends_[0], bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    if (ends) shutdown(ends_[0], SHUT_WR);
    return connection_->receive(
        room_, [this](const std::string& name) -> Group& { return groups_[name]; }, ends);
  }
  bool upgrade(const std::string& path) {
    return say("GET " + path +
               " HTTP/1.1\r\nHost: here\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  }
  std::string answer() {
    std::string bytes(4096, '\0');
    const ssize_t got = recv(ends_[0], bytes.data(), bytes.size(), 0);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }
  /// A masked binary message of two frames of 20 ms with stamps. The later stamp is of now.
  static std::string message() {
    std::string audio(640, '\0');
    auto* bytes = reinterpret_cast<std::byte*>(audio.data());
    Stamp::write(bytes, monotonic_ns() - 20'000'000);
    Stamp::write(bytes + 320, monotonic_ns());
    const std::string key = "\x12\x34\x56\x78";
    for (std::size_t i = 0; i < audio.size(); ++i) {
      audio[i] = static_cast<char>(audio[i] ^ key[i % key.size()]);
    }
    return std::string{"\x82\xFE\x02\x80", 4} + key + audio;
  }

  std::array<int, 2> ends_{};
  std::map<std::string, Group> groups_;
  std::vector<unsigned char> room_ = std::vector<unsigned char>(1 << 16);
  std::optional<Connection> connection_;
};

TEST_F(ConnectionTest, CountsMessagesByGroup) {
  ASSERT_TRUE(upgrade("/some/" + std::to_string(monotonic_ns() - 5'000'000)));
  EXPECT_NE(answer().find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos) << "RFC 6455, 1.3";
  ASSERT_TRUE(say(message()));
  ASSERT_TRUE(say(message()));
  const Group& group = groups_.at("some");
  EXPECT_EQ(group.open, 1U);
  EXPECT_EQ(group.messages, 2U);
  EXPECT_EQ(group.frames, 4U);
  EXPECT_EQ(group.bytes, 1280U);
  EXPECT_EQ(group.latency.total(), 2U);
  EXPECT_LT(group.latency.most_us(), 20'000) << "time of the last frame, not of the first";
  EXPECT_EQ(group.first.total(), 1U);
  EXPECT_GE(group.first.most_us(), 5000);
  EXPECT_EQ(group.asked.total(), 1U);
  EXPECT_GE(group.first.most_us(), group.asked.most_us());
  EXPECT_EQ(answer(), "") << "it sends only if asked to";
  connection_.reset();
  EXPECT_EQ(group.open, 0U);
}

TEST_F(ConnectionTest, AMessageMayArriveInPieces) {
  ASSERT_TRUE(upgrade("/a"));
  const std::string whole = message();
  for (const char byte : whole) ASSERT_TRUE(say(std::string(1, byte)));
  EXPECT_EQ(groups_.at("a").frames, 2U);
  EXPECT_EQ(groups_.at("a").first.total(), 0U) << "no time was reported";
}

TEST_F(ConnectionTest, NoticesTheEndAfterTheLastMessage) {
  ASSERT_TRUE(upgrade("/ours"));
  EXPECT_TRUE(say(message()));
  EXPECT_FALSE(say(message(), true)) << "no other event reports it";
  EXPECT_EQ(groups_["ours"].messages, 2U);
}

TEST_F(ConnectionTest, AnswersWithAsMuchAudioAndItsOwnStamp) {
  ASSERT_TRUE(upgrade("/a/1/talk"));
  answer();
  const auto before = monotonic_ns();
  ASSERT_TRUE(say(message()));
  const std::string said = answer();
  ASSERT_EQ(said.size(), 644U);
  EXPECT_EQ(said.substr(0, 4), std::string("\x82\x7E\x02\x80", 4));
  const std::vector<unsigned char> audio(said.begin() + 4, said.end());
  ASSERT_EQ(Stamp::find(audio, 0), 0U);
  EXPECT_GE(Stamp::ns_at(audio, 0), before);
}

TEST_F(ConnectionTest, AnswersACloseAndEnds) {
  ASSERT_TRUE(upgrade("/a"));
  answer();
  EXPECT_FALSE(say(std::string{"\x88\x82\0\0\0\0\x03\xE8", 8}));
  EXPECT_EQ(answer(), std::string("\x88\x02\x03\xE8", 4));
}

TEST_F(ConnectionTest, RefusesARequestWithoutAnUpgrade) {
  EXPECT_FALSE(say("GET / HTTP/1.1\r\n\r\n"));
}

}  // namespace
}  // namespace bench
