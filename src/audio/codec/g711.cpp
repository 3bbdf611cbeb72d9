#include "audio/codec/g711.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace audio_stream::audio::codec {
namespace {

constexpr int kBias = 0x84;  // of mu-law
constexpr int kMuLawClip = 32'635;

// Both laws ignore the lowest bits of a magnitude: three of mu-law's biased one, four of A-law's.
// So the code of a magnitude comes from a table of 4 or 2 KiB.
constexpr unsigned kMuLawShift = 3;
constexpr unsigned kALawShift = 4;

/// Segment and step of a biased magnitude that is `scaled` << kMuLawShift.
constexpr std::uint8_t mu_law_code(unsigned scaled) {
  if (scaled < (unsigned{kBias} >> kMuLawShift)) return 0;
  const unsigned segment = static_cast<unsigned>(std::bit_width(scaled)) - 5;
  return static_cast<std::uint8_t>((segment << 4U) | ((scaled >> segment) & 0x0FU));
}

/// Segment and step of a magnitude that is `scaled` << kALawShift.
constexpr std::uint8_t a_law_code(unsigned scaled) {
  const auto width = static_cast<unsigned>(std::bit_width(scaled));
  if (width <= 4) return static_cast<std::uint8_t>(scaled);
  const unsigned segment = width - 4;
  return static_cast<std::uint8_t>((segment << 4U) | ((scaled >> (segment - 1)) & 0x0FU));
}

template <std::size_t kSize, auto kCode>
constexpr std::array<std::uint8_t, kSize> table() {
  std::array<std::uint8_t, kSize> codes{};
  for (unsigned i = 0; i < kSize; ++i) codes[i] = kCode(i);
  return codes;
}

constexpr auto kMuLaw = table<(unsigned{kMuLawClip + kBias} >> kMuLawShift) + 1, mu_law_code>();
constexpr auto kALaw = table<(32'768U >> kALawShift), a_law_code>();

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

void to_mu_law(std::span<const std::int16_t> samples, std::span<std::byte> bytes) noexcept {
  std::ranges::transform(samples, bytes.begin(), [](int sample) {
    const int sign = sample >> 31;  // -1 or 0
    const int magnitude = std::min((sample ^ sign) - sign, kMuLawClip) + kBias;
    const unsigned code = kMuLaw[static_cast<unsigned>(magnitude) >> kMuLawShift];
    return static_cast<std::byte>(~code ^ (static_cast<unsigned>(sign) & 0x80U));
  });
}

void to_a_law(std::span<const std::int16_t> samples, std::span<std::byte> bytes) noexcept {
  std::ranges::transform(samples, bytes.begin(), [](int sample) {
    const int sign = sample >> 31;  // -1 or 0
    const unsigned code = kALaw[static_cast<unsigned>(sample ^ sign) >> kALawShift];
    return static_cast<std::byte>(code ^ 0xD5U ^ (static_cast<unsigned>(sign) & 0x80U));
  });
}

}  // namespace audio_stream::audio::codec
