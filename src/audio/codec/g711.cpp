#include "audio/codec/g711.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace audio_stream::audio::codec {
namespace {

constexpr int kBias = 0x84;  // of mu-law
constexpr int kMuLawClip = 32'635;

// Both laws ignore the lowest bits of a magnitude: three of mu-law's biased one, four of A-law's.
// So the code of a magnitude comes from a table of 4 or 2 KiB.
constexpr int kMuLawShift = 3;
constexpr int kALawShift = 4;

/// Segment and step of a biased magnitude that is `scaled` << kMuLawShift.
constexpr std::uint8_t mu_law_code(unsigned scaled) {
  if (scaled < (kBias >> kMuLawShift)) return 0;
  const auto top = static_cast<unsigned>(std::bit_width(scaled));  // 5 to 12
  const unsigned segment = top - 5;
  return static_cast<std::uint8_t>((segment << 4U) | ((scaled >> segment) & 0x0FU));
}

/// Segment and step of a magnitude that is `scaled` << kALawShift.
constexpr std::uint8_t a_law_code(unsigned scaled) {
  const auto top = static_cast<unsigned>(std::bit_width(scaled));  // 0 to 11
  if (top <= 4) return static_cast<std::uint8_t>(scaled);
  const unsigned segment = top - 4;
  return static_cast<std::uint8_t>((segment << 4U) | ((scaled >> (segment - 1)) & 0x0FU));
}

template <std::size_t kSize, auto kCode>
constexpr std::array<std::uint8_t, kSize> table() {
  std::array<std::uint8_t, kSize> codes{};
  for (unsigned i = 0; i < kSize; ++i) codes[i] = kCode(i);
  return codes;
}

constexpr auto kMuLaw = table<((kMuLawClip + kBias) >> kMuLawShift) + 1, mu_law_code>();
constexpr auto kALaw = table<(32'768 >> kALawShift), a_law_code>();

}  // namespace

std::int16_t from_mu_law(std::uint8_t byte) noexcept {
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

std::uint8_t to_mu_law(std::int16_t sample) noexcept {
  const int sign = sample < 0 ? 0x7F : 0xFF;
  const int magnitude = std::min(sample < 0 ? -int{sample} : int{sample}, kMuLawClip) + kBias;
  return static_cast<std::uint8_t>(kMuLaw[static_cast<std::size_t>(magnitude >> kMuLawShift)] ^
                                   sign);
}

std::uint8_t to_a_law(std::int16_t sample) noexcept {
  const int sign = sample < 0 ? 0x55 : 0xD5;
  const int magnitude = sample < 0 ? -int{sample} - 1 : int{sample};
  return static_cast<std::uint8_t>(kALaw[static_cast<std::size_t>(magnitude >> kALawShift)] ^ sign);
}

}  // namespace audio_stream::audio::codec
