#include "websocket/frame_writer.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace audio_stream::websocket {
namespace {

using Bytes = std::vector<std::byte>;

constexpr MaskingKeys::Key kKey{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};

Bytes counted(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

Bytes frame_of(const Bytes& payload, Opcode opcode = Opcode::binary, bool compressed = false) {
  Bytes out(frame_size(payload.size()));
  const auto frame = write_frame(opcode, compressed, payload, kKey, out);
  return {frame.begin(), frame.end()};
}

Bytes header_of(std::size_t payload, std::size_t length) {
  const Bytes frame = frame_of(counted(payload));
  return {frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length)};
}

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

// RFC 6455, 5.2.
TEST(FrameWriter, AShortPayloadHasItsLengthInOneByte) {
  EXPECT_EQ(header_of(0, 6), bytes_of({0x82, 0x80, 0x37, 0xFA, 0x21, 0x3D}));
  EXPECT_EQ(header_of(125, 6), bytes_of({0x82, 0xFD, 0x37, 0xFA, 0x21, 0x3D}));
}

TEST(FrameWriter, ALongerPayloadHasItsLengthInTwoMoreBytes) {
  EXPECT_EQ(header_of(126, 8), bytes_of({0x82, 0xFE, 0, 126, 0x37, 0xFA, 0x21, 0x3D}));
  EXPECT_EQ(header_of(65535, 8), bytes_of({0x82, 0xFE, 0xFF, 0xFF, 0x37, 0xFA, 0x21, 0x3D}));
}

TEST(FrameWriter, AVeryLongPayloadHasItsLengthInEightMoreBytes) {
  EXPECT_EQ(header_of(65536, 14),
            bytes_of({0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 0x37, 0xFA, 0x21, 0x3D}));
}

TEST(FrameWriter, EachFrameIsFinalAndNamesItsKind) {
  EXPECT_EQ(frame_of({}, Opcode::text).front(), std::byte{0x81});
  EXPECT_EQ(frame_of({}, Opcode::binary).front(), std::byte{0x82});
  EXPECT_EQ(frame_of({}, Opcode::close).front(), std::byte{0x88});
  EXPECT_EQ(frame_of({}, Opcode::ping).front(), std::byte{0x89});
  EXPECT_EQ(frame_of({}, Opcode::pong).front(), std::byte{0x8A});
}

// RFC 7692, 6.
TEST(FrameWriter, ACompressedMessageIsMarkedByRsv1) {
  EXPECT_EQ(frame_of({}, Opcode::text, true).front(), std::byte{0xC1});
  EXPECT_EQ(frame_of({}, Opcode::binary, true).front(), std::byte{0xC2});
}

TEST(FrameWriter, APayloadOfAnyLengthIsMasked) {
  for (std::size_t size = 0; size < 300; ++size) {
    const Bytes payload = counted(size);
    const Bytes frame = frame_of(payload);
    const std::size_t header = size <= 125 ? 6 : 8;
    ASSERT_EQ(frame.size(), header + size);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(frame[header + i] ^ kKey[i % 4], payload[i]) << i << " of " << size;
    }
  }
}

// RFC 6455, 5.7: "Hello".
TEST(FrameWriter, MasksLikeTheExampleOfTheRfc) {
  const std::string hello = "Hello";
  Bytes out(hello.size());
  mask(std::as_bytes(std::span{hello}), kKey, out.data());
  EXPECT_EQ(out, bytes_of({0x7F, 0x9F, 0x4D, 0x51, 0x58}));
}

TEST(MaskingKeysTest, NoTwoAreEqual) {
  MaskingKeys keys;
  std::set<MaskingKeys::Key> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(keys.next());
  EXPECT_GE(seen.size(), 999U);  // of 2^32: two are equal once in ten thousand runs
}

}  // namespace
}  // namespace audio_stream::websocket
