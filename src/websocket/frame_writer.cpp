#include "websocket/frame_writer.hpp"

#include <algorithm>
#include <cstdint>

namespace audio_stream::websocket {

std::span<const std::byte> write_frame(Opcode opcode, bool compressed,
                                       std::span<const std::byte> payload, MaskingKeys::Key key,
                                       std::span<std::byte> out) noexcept {
  const std::uint64_t size = payload.size();
  std::size_t header = 2;
  out[0] =
      std::byte{static_cast<std::uint8_t>(opcode)} | (compressed ? kFinal | kReserved1 : kFinal);
  if (size <= kMostInHeader) {
    out[1] = kMasked | static_cast<std::byte>(size);
  } else if (size <= 0xFFFF) {
    out[1] = kMasked | std::byte{kTwoBytesFollow};
    out[header++] = static_cast<std::byte>(size >> 8U);
    out[header++] = static_cast<std::byte>(size);
  } else {
    out[1] = kMasked | std::byte{kEightBytesFollow};
    for (unsigned bytes = 8; bytes > 0; --bytes) {
      out[header++] = static_cast<std::byte>(size >> 8 * (bytes - 1));
    }
  }
  std::copy(key.begin(), key.end(), out.begin() + static_cast<std::ptrdiff_t>(header));
  header += key.size();
  mask(payload, key, out.data() + header);
  return out.first(header + payload.size());
}

}  // namespace audio_stream::websocket
