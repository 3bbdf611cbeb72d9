#include "websocket/masking.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace audio_stream::websocket {

MaskingKeys::Key MaskingKeys::next() noexcept {
  if (used_ == random_.size()) {
    // RAND_bytes() fails only where the machine has no entropy at all. The former keys, shifted by
    // one byte, are still none that a server can predict.
    std::array<unsigned char, sizeof random_> fresh{};
    if (RAND_bytes(fresh.data(), fresh.size()) == 1) {
      std::memcpy(random_.data(), fresh.data(), fresh.size());
    } else {
      std::rotate(random_.begin(), random_.begin() + 1, random_.end());
    }
    used_ = 0;
  }
  Key key{};
  std::copy_n(random_.begin() + static_cast<std::ptrdiff_t>(used_), key.size(), key.begin());
  used_ += key.size();
  return key;
}

void mask(std::span<const std::byte> in, MaskingKeys::Key key, std::byte* out) noexcept {
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.data(), key.size());
  wide |= wide << 32U;
  // Eight bytes at a time, which the compiler makes sixteen or more of.
  std::size_t at = 0;
  for (; at + sizeof wide <= in.size(); at += sizeof wide) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, in.data() + at, sizeof bytes);
    bytes ^= wide;
    std::memcpy(out + at, &bytes, sizeof bytes);
  }
  for (; at < in.size(); ++at) out[at] = in[at] ^ key[at % key.size()];
}

}  // namespace audio_stream::websocket
