#include "support/base64.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace test {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t value_of(char character) {
  const auto position = alphabet.find(character);
  if (position == std::string_view::npos) throw std::invalid_argument("this is not base64");
  return static_cast<std::uint32_t>(position);
}

}  // namespace

std::string base64_encode(std::span<const std::uint8_t> data) {
  std::string text;
  text.reserve((data.size() + 2) / 3 * 4);
  for (std::size_t start = 0; start < data.size(); start += 3) {
    const std::size_t count = std::min<std::size_t>(3, data.size() - start);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < count ? data[start + i] : 0U);
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= count ? alphabet[group >> (18 - 6 * i) & 63U] : '=';
    }
  }
  return text;
}

Bytes base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) throw std::invalid_argument("this base64 is cut off");
  Bytes data;
  data.reserve(text.size() / 4 * 3);
  for (std::size_t start = 0; start < text.size(); start += 4) {
    std::string_view quad = text.substr(start, 4);
    if (start + 4 == text.size()) quad = quad.substr(0, quad.find('='));
    if (quad.size() < 2) throw std::invalid_argument("this base64 is cut off");
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i)
      group = group << 6 | (i < quad.size() ? value_of(quad[i]) : 0U);
    for (std::size_t i = 0; i + 1 < quad.size(); ++i) {
      data.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * i) & 255U));
    }
  }
  return data;
}

}  // namespace test
