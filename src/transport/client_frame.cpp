#include "transport/client_frame.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

namespace audio_stream::transport {
namespace {

constexpr std::byte kFinalBinary{0x82};
constexpr std::byte kMasked{0x80};
constexpr std::size_t kMostInTheHeader = 125;
constexpr std::uint8_t kTwoBytesFollow = 126;
constexpr std::uint8_t kEightBytesFollow = 127;

}  // namespace

MaskingKeys::Key MaskingKeys::next() noexcept {
  if (used_ == random_.size()) {
    // It fails only where the machine has no entropy at all; then the former keys, moved on, are
    // still no server's to predict.
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

std::span<const std::byte> write_client_frame(std::span<const std::byte> payload,
                                              MaskingKeys::Key key,
                                              std::span<std::byte> out) noexcept {
  const auto length = [&](std::uint8_t value, std::size_t bytes) {
    out[1] = kMasked | std::byte{value};
    for (std::size_t i = 0; i < bytes; ++i) {
      out[2 + i] = static_cast<std::byte>(std::uint64_t{payload.size()} >> (8 * (bytes - 1 - i)));
    }
    return 2 + bytes;
  };
  out[0] = kFinalBinary;
  std::size_t header = 0;
  if (payload.size() <= kMostInTheHeader) {
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

}  // namespace audio_stream::transport
