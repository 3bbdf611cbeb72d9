#pragma once

#include <cstddef>
#include <span>

#include "websocket/frame.hpp"
#include "websocket/masking.hpp"

namespace audio_stream::websocket {

/// Writes one final frame, as a client must send it (RFC 6455, 5.2 and 5.3), into `out`, which has
/// room for frame_size(payload.size()) bytes. Returns the part of `out` that it wrote: the header
/// and the masked payload, contiguous, for one send(). `compressed` sets RSV1 (RFC 7692, 6): then
/// `payload` comes from a Deflater. A control frame's payload has at most 125 bytes, and control
/// frames are never compressed.
std::span<const std::byte> write_frame(Opcode opcode, bool compressed,
                                       std::span<const std::byte> payload, MaskingKeys::Key key,
                                       std::span<std::byte> out) noexcept;

/// The most bytes that a frame with `payload` bytes takes.
constexpr std::size_t frame_size(std::size_t payload) noexcept {
  return payload + 14;
}

}  // namespace audio_stream::websocket
