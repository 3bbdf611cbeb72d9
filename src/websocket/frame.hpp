#pragma once

#include <cstddef>
#include <cstdint>

namespace audio_stream::websocket {

/// The kind of a frame (RFC 6455, 5.2 and 11.8).
enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

// The other bits of a frame's first byte.
inline constexpr std::byte kFinal{0x80};
inline constexpr std::byte kReserved1{0x40};  // compressed (RFC 7692, 6)
inline constexpr std::byte kReserved2And3{0x30};

// A frame's second byte: the mask bit, and the length or a number that says where the length
// follows.
inline constexpr std::byte kMasked{0x80};
inline constexpr std::uint8_t kMostInHeader = 125;
inline constexpr std::uint8_t kTwoBytesFollow = 126;
inline constexpr std::uint8_t kEightBytesFollow = 127;

}  // namespace audio_stream::websocket
