#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace audio_stream::websocket {

/// Keys to mask frames with (RFC 6455, 5.3), from OpenSSL's random generator. It is asked for 512
/// keys at a time, because a call costs more than the bytes it returns. One thread's. Every frame
/// has a key of its own, control frames too.
class MaskingKeys {
 public:
  using Key = std::array<std::byte, 4>;

  Key next() noexcept;

 private:
  std::array<std::byte, 2048> random_{};
  std::size_t used_ = sizeof random_;
};

/// out[i] = in[i] ^ key[i mod 4]. The two may be the same place, but not overlap otherwise. Inline,
/// since every frame of audio goes through it.
inline void mask(std::span<const std::byte> in, MaskingKeys::Key key, std::byte* out) noexcept {
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.data(), key.size());
  wide |= wide << 32U;
  // Sixteen bytes at a time, in one register where the machine has such.
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
