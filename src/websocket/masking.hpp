#pragma once

#include <array>
#include <cstddef>
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

/// out[i] = in[i] ^ key[i mod 4]. The two may be the same place, but not overlap otherwise.
void mask(std::span<const std::byte> in, MaskingKeys::Key key, std::byte* out) noexcept;

}  // namespace audio_stream::websocket
