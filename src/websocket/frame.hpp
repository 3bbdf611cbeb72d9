#pragma once

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

}  // namespace audio_stream::websocket
