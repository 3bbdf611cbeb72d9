#pragma once

#include <cstddef>
#include <cstdint>

namespace audio_stream::websocket {

/// What a frame carries (RFC 6455, 5.2 and 11.8).
enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

// A frame's first byte, beside its opcode.
inline constexpr std::byte kFinal{0x80};
inline constexpr std::byte kReserved1{0x40};  // compressed (RFC 7692, 6)
inline constexpr std::byte kReserved2And3{0x30};

// Its second byte, beside its length, if that is short; else the length follows.
inline constexpr std::byte kMasked{0x80};
inline constexpr std::uint8_t kMostInHeader = 125;
inline constexpr std::uint8_t kTwoBytesFollow = 126;
inline constexpr std::uint8_t kEightBytesFollow = 127;

}  // namespace audio_stream::websocket
