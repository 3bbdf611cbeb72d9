#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace audio_stream::dialect {

enum class MessageKind : std::uint8_t { text, binary };

/// A WebSocket message to the server.
struct Message {
  MessageKind kind = MessageKind::text;
  std::string bytes;
};

/// A message that does not own its bytes.
struct MessageView {
  MessageKind kind = MessageKind::text;
  std::span<const std::byte> bytes;
};

inline MessageView view_of(const Message& message) noexcept {
  return {message.kind, std::as_bytes(std::span{message.bytes})};
}

}  // namespace audio_stream::dialect
