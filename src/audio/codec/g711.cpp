#include "audio/codec/g711.hpp"

namespace audio_stream::audio::codec {

std::int16_t from_mu_law(std::uint8_t byte) noexcept {
  constexpr int kBias = 0x84;
  const int inverted = ~byte & 0xFF;
  const int magnitude = ((((inverted & 0x0F) << 3) + kBias) << ((inverted & 0x70) >> 4)) - kBias;
  return static_cast<std::int16_t>((inverted & 0x80) != 0 ? -magnitude : magnitude);
}

std::int16_t from_a_law(std::uint8_t byte) noexcept {
  const int even = byte ^ 0x55;
  const int segment = (even & 0x70) >> 4;
  int magnitude = ((even & 0x0F) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return static_cast<std::int16_t>((even & 0x80) != 0 ? magnitude : -magnitude);
}

}  // namespace audio_stream::audio::codec
