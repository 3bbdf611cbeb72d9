#pragma once

#include <cstddef>
#include <span>

#include "websocket/frame.hpp"
#include "websocket/masking.hpp"

namespace audio_stream::websocket {

/// Writes one final, masked frame (RFC 6455, 5.2 and 5.3) to `out`, which must have room for
/// frame_size(payload.size()) bytes. Returns the written part of `out`: header and masked payload,
/// contiguous, for one send(). `compressed` sets RSV1 (RFC 7692, 6); `payload` must then come from
/// a Deflater. The payload of a control frame has at most 125 bytes and is never compressed.
std::span<const std::byte> write_frame(Opcode opcode, bool compressed,
                                       std::span<const std::byte> payload, MaskingKeys::Key key,
                                       std::span<std::byte> out) noexcept;

/// The maximum size of a frame with `payload` bytes.
constexpr std::size_t frame_size(std::size_t payload) noexcept {
  return payload + 14;
}

}  // namespace audio_stream::websocket
