#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace audio_stream::transport {

/// Keys to mask frames with (RFC 6455, 5.3): from OpenSSL's random generator, many at a time,
/// since to ask costs more than what is asked for. One thread's.
class MaskingKeys {
 public:
  using Key = std::array<std::byte, 4>;

  Key next() noexcept;

 private:
  std::array<std::byte, 2048> random_{};
  std::size_t used_ = sizeof random_;
};

/// Writes one binary message in one frame, as a client must send it (RFC 6455, 5.2 and 5.3), into
/// `out`, which has room for client_frame_size() bytes. Returns what was written.
std::span<const std::byte> write_client_frame(std::span<const std::byte> payload,
                                              MaskingKeys::Key key,
                                              std::span<std::byte> out) noexcept;

/// The most that a frame with so much payload takes.
constexpr std::size_t client_frame_size(std::size_t payload) noexcept {
  return payload + 14;
}

/// out[i] = in[i] ^ key[i mod 4]. The two may be the same place, but not overlap otherwise.
void mask(std::span<const std::byte> in, MaskingKeys::Key key, std::byte* out) noexcept;

}  // namespace audio_stream::transport
