#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audio_stream::audio::codec {

/// Decodes one byte of ITU-T G.711 mu-law (PCMU) or A-law (PCMA) to a linear sample.
std::int16_t from_mu_law(std::uint8_t byte) noexcept;
std::int16_t from_a_law(std::uint8_t byte) noexcept;

/// Encodes linear samples, one byte each. `bytes` has room for all. Every byte that was decoded
/// comes back, except the mu-law byte 0x7F (negative zero), which becomes 0xFF.
void to_mu_law(std::span<const std::int16_t> samples, std::span<std::byte> bytes) noexcept;
void to_a_law(std::span<const std::int16_t> samples, std::span<std::byte> bytes) noexcept;

inline std::uint8_t to_mu_law(std::int16_t sample) noexcept {
  std::byte byte{};
  to_mu_law({&sample, 1}, {&byte, 1});
  return std::to_integer<std::uint8_t>(byte);
}
inline std::uint8_t to_a_law(std::int16_t sample) noexcept {
  std::byte byte{};
  to_a_law({&sample, 1}, {&byte, 1});
  return std::to_integer<std::uint8_t>(byte);
}

}  // namespace audio_stream::audio::codec
