#include "websocket/frame_writer.hpp"

#include <algorithm>
#include <cstdint>

namespace audio_stream::websocket {

std::span<const std::byte> write_frame(Opcode opcode, bool compressed,
                                       std::span<const std::byte> payload, MaskingKeys::Key key,
                                       std::span<std::byte> out) noexcept {
  const auto length = [&](std::uint8_t value, std::size_t bytes) {
    out[1] = kMasked | std::byte{value};
    for (std::size_t i = 0; i < bytes; ++i) {
      out[2 + i] = static_cast<std::byte>(std::uint64_t{payload.size()} >> (8 * (bytes - 1 - i)));
    }
    return 2 + bytes;
  };
  out[0] = kFinal | std::byte{static_cast<std::uint8_t>(opcode)};
  if (compressed) out[0] |= kReserved1;
  std::size_t header = 0;
  if (payload.size() <= kMostInHeader) {
    header = length(static_cast<std::uint8_t>(payload.size()), 0);
  } else if (payload.size() <= 0xFFFF) {
    header = length(kTwoBytesFollow, 2);
  } else {
    header = length(kEightBytesFollow, 8);
  }
  std::copy(key.begin(), key.end(), out.begin() + static_cast<std::ptrdiff_t>(header));
  header += key.size();
  mask(payload, key, out.data() + header);
  return out.first(header + payload.size());
}

}  // namespace audio_stream::websocket
