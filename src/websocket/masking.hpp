#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace audio_stream::websocket {

/// Masking keys for frames (RFC 6455, 5.3) from OpenSSL's random generator. It fetches 512 keys at
/// a time, because a call costs more than the bytes it returns. Every frame, also a control frame,
/// needs its own key. One thread only.
class MaskingKeys {
 public:
  using Key = std::array<std::byte, 4>;

  Key next() noexcept;

 private:
  std::array<std::byte, 2048> random_{};
  std::size_t used_ = sizeof random_;
};

/// out[i] = in[i] ^ key[i mod 4]. `in` and `out` may be the same memory, but must not overlap
/// otherwise. Inline, because every audio frame passes through it.
inline void mask(std::span<const std::byte> in, MaskingKeys::Key key, std::byte* out) noexcept {
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.data(), key.size());
  wide |= wide << 32U;
  // Sixteen bytes at a time, in one register if the machine has one that wide.
  std::size_t at = 0;
  for (std::array<std::uint64_t, 2> bytes{}; at + sizeof bytes <= in.size(); at += sizeof bytes) {
    std::memcpy(&bytes, in.data() + at, sizeof bytes);
    bytes[0] ^= wide;
    bytes[1] ^= wide;
    std::memcpy(out + at, &bytes, sizeof bytes);
  }
  for (; at < in.size(); ++at) out[at] = in[at] ^ key[at % key.size()];
}

}  // namespace audio_stream::websocket
