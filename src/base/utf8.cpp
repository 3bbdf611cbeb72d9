#include "base/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace audio_stream::base {
namespace {

struct Lead {
  std::size_t continuations;
  std::uint8_t second_min;  // RFC 3629, section 4: only the second byte has narrower bounds
  std::uint8_t second_max;
};

constexpr Lead kIllegal{0, 1, 0};

constexpr Lead lead(std::uint8_t byte) {
  if (byte < 0x80) return {0, 0, 0};
  if (byte < 0xC2) return kIllegal;  // a continuation, or an overlong form of ASCII
  if (byte < 0xE0) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};  // beyond are the surrogates
  if (byte < 0xF0) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte < 0xF4) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};  // beyond is U+110000
  return kIllegal;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i < text.size()) {
    const Lead first = lead(static_cast<std::uint8_t>(text[i]));
    if (first.second_min > first.second_max) return false;
    if (text.size() - i <= first.continuations) return false;
    for (std::size_t k = 1; k <= first.continuations; ++k) {
      const auto byte = static_cast<std::uint8_t>(text[i + k]);
      const std::uint8_t low = k == 1 ? first.second_min : 0x80;
      const std::uint8_t high = k == 1 ? first.second_max : 0xBF;
      if (byte < low || byte > high) return false;
    }
    i += first.continuations + 1;
  }
  return true;
}

std::string mended_utf8(std::string_view text) {
  constexpr std::size_t kLongest = 4;
  std::string out;
  while (!text.empty()) {
    std::size_t length = 1;
    while (length <= std::min(kLongest, text.size()) && !is_utf8(text.substr(0, length))) ++length;
    if (length <= std::min(kLongest, text.size())) {
      out += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(text.front());
    if (byte < 0xA0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += static_cast<char>(0xC0U | (byte >> 6U));
      out += static_cast<char>(0x80U | (byte & 0x3FU));
    }
    text.remove_prefix(1);
  }
  return out;
}

bool ends_within_letter(std::string_view text) noexcept {
  constexpr std::size_t kLongest = 4;
  for (std::size_t bytes = 1; bytes <= std::min(text.size(), kLongest); ++bytes) {
    const auto byte = static_cast<std::uint8_t>(text[text.size() - bytes]);
    const bool continues = (byte & 0xC0U) == 0x80;
    if (!continues) return lead(byte).continuations >= bytes;
  }
  return false;
}

}  // namespace audio_stream::base
