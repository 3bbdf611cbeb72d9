// What is found in what a server sends, however it is cut up.
#include "transport/server_frames.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audio_stream::transport {
namespace {

const std::string kAnswer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
constexpr std::size_t kMost = 100'000;

/// A frame as RFC 6455, 5.2 has it; `size_bytes` of a length that could be shorter.
std::string frame(unsigned first, const std::string& payload, unsigned size_bytes = 0,
                  bool masked = false) {
  const std::uint64_t size = payload.size();
  if (size_bytes == 0) size_bytes = size < 126 ? 1 : (size < 65536 ? 2 : 8);
  const unsigned mask = masked ? 0x80U : 0U;
  const auto length =
      size_bytes == 1 ? static_cast<unsigned>(size) : (size_bytes == 2 ? 126U : 127U);
  std::string bytes{static_cast<char>(first), static_cast<char>(length | mask)};
  for (unsigned i = size_bytes > 1 ? size_bytes : 0; i > 0; --i) {
    bytes += static_cast<char>(size >> (8 * (i - 1)));
  }
  return bytes + (masked ? std::string(4, '\0') : "") + payload;
}

struct Found {
  std::vector<std::string> messages;
  std::string for_beast;
  bool at_message = false;
};

/// What comes of `pieces`, of which each is read by itself.
Found follow(const std::vector<std::string_view>& pieces, std::optional<std::size_t> most = kMost) {
  ServerFrames frames;
  Found found;
  for (const std::string_view piece : pieces) {
    auto rest = std::as_bytes(std::span{piece});
    while (!rest.empty()) {
      const auto part = frames.next(rest, most);
      EXPECT_GT(part.size, 0U);
      EXPECT_LE(part.size, rest.size());
      if (part.size == 0 || part.size > rest.size()) return found;
      const auto of = [](std::span<const std::byte> bytes) {
        return std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
      };
      if (part.message) {
        found.messages.push_back(of(part.payload));
      } else {
        found.for_beast += of(rest.first(part.size));
      }
      rest = rest.subspan(part.size);
    }
  }
  found.at_message = frames.at_message();
  return found;
}

TEST(ServerFrames, BinaryMessagesOfOneFrameAreFoundAndTheRestIsBeasts) {
  const std::string text = frame(0x81, "hello");
  const std::string ping = frame(0x89, "");
  const std::string parts = frame(0x02, "ab") + ping + frame(0x80, "cd");
  const std::vector<std::string> audio{"", std::string(125, 'a'), std::string(126, 'b'),
                                       std::string(320, 'c'), std::string(65536, 'd')};
  std::string said = kAnswer;
  for (const auto& message : audio) said += frame(0x82, message) + text + ping + parts;
  const Found found = follow({said});
  EXPECT_EQ(found.messages, audio);
  std::string others = kAnswer;
  for (std::size_t i = 0; i < audio.size(); ++i) others += text + ping + parts;
  EXPECT_EQ(found.for_beast, others);
  EXPECT_TRUE(found.at_message);
}

TEST(ServerFrames, WhereverItIsCutNothingIsLostAndTheNextMessageIsFound) {
  const std::string audio(300, 'a');
  const std::string before = kAnswer + frame(0x81, "hi") + frame(0x82, audio) + frame(0x01, "a") +
                             frame(0x80, "b") + frame(0x82, audio);
  const std::string last = frame(0x82, "last");
  for (std::size_t cut = 1; cut < before.size(); ++cut) {
    const std::string_view all = before;
    const Found found = follow({all.substr(0, cut), all.substr(cut), last});
    std::size_t bytes = found.for_beast.size();
    for (const auto& message : found.messages) {
      bytes += message == "last" ? last.size() : frame(0x82, message).size();
    }
    ASSERT_EQ(bytes, before.size() + last.size()) << cut;
    ASSERT_GE(found.messages.size(), 2U) << cut;  // of three one may have been cut
    ASSERT_EQ(found.messages.back(), "last") << cut;
    ASSERT_TRUE(found.at_message) << cut;
  }
}

TEST(ServerFrames, ByteByByteAllOfItIsBeasts) {
  const std::string said =
      kAnswer + frame(0x82, std::string(300, 'a')) + frame(0x81, "x") + frame(0x82, "y");
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < said.size(); ++i)
    bytes.push_back(std::string_view{said}.substr(i, 1));
  const Found found = follow(bytes);
  EXPECT_TRUE(found.messages.empty());
  EXPECT_EQ(found.for_beast, said);
  EXPECT_TRUE(found.at_message);
}

TEST(ServerFrames, WhatBreaksARuleIsBeastsToRefuse) {
  const std::string big(kMost + 1, 'x');
  for (const std::string& wrong :
       {frame(0x82, "ab", 0, true), frame(0xc2, "ab"), frame(0x82, "ab", 2),
        frame(0x82, std::string(300, 'x'), 8), frame(0x82, big),
        std::string{"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"}}) {
    const Found found = follow({kAnswer + wrong});
    EXPECT_TRUE(found.messages.empty());
    EXPECT_EQ(found.for_beast, kAnswer + wrong);
  }
  // In the middle of a message a binary frame has no place.
  const std::string misplaced = frame(0x01, "a") + frame(0x82, "b");
  EXPECT_TRUE(follow({kAnswer + misplaced}).messages.empty());
}

TEST(ServerFrames, ThereIsNoMessageBeforeTheAnswerEnds) {
  const std::string audio = frame(0x82, "ab");
  EXPECT_TRUE(follow({"HTTP/1.1 101 \r\nX: " + audio}).messages.empty());
  EXPECT_EQ(follow({"HTTP/1.1 101 \r\r\n\r\n" + audio}).messages.size(), 1U);
}

TEST(ServerFrames, NoMessageIsFoundWhereNoneIsWanted) {
  const std::string said = kAnswer + frame(0x82, "") + frame(0x82, "ab");
  EXPECT_EQ(follow({said}, std::nullopt).for_beast, said);
}

}  // namespace
}  // namespace audio_stream::transport
