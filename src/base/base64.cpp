#include "base/base64.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace audio_stream::base {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The bits of each character, at each of the four places of a group. kBad: it is none of the
// alphabet.
constexpr std::uint32_t kBad = 1U << 31U;
constexpr std::array<std::array<std::uint32_t, 256>, 4> kBits = [] {
  std::array<std::array<std::uint32_t, 256>, 4> bits{};
  for (unsigned place = 0; place < 4; ++place) {
    bits[place].fill(kBad);
    for (std::uint32_t value = 0; value < kAlphabet.size(); ++value) {
      bits[place][static_cast<unsigned char>(kAlphabet[value])] = value << (18U - 6U * place);
    }
  }
  return bits;
}();

/// The two characters of each twelve bits.
constexpr std::array<std::array<char, 2>, 4096> kPairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i] = {kAlphabet[i >> 6U], kAlphabet[i & 63U]};
  return pairs;
}();

}  // namespace

/// Four characters at a time: a bot's audio comes as base64.
std::optional<std::vector<std::byte>> decode_base64(std::string_view text) {
  if (text.empty()) return std::vector<std::byte>{};
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  std::byte* out = bytes.data();
  std::uint32_t bad = 0;
  const auto bits = [](unsigned place, char character) {
    return kBits[place][static_cast<unsigned char>(character)];
  };
  const auto put = [&](char a, char b, char c, char d) {
    const std::uint32_t group = bits(0, a) | bits(1, b) | bits(2, c) | bits(3, d);
    bad |= group;
    *out++ = static_cast<std::byte>(group >> 16U & 0xFFU);
    *out++ = static_cast<std::byte>(group >> 8U & 0xFFU);
    *out++ = static_cast<std::byte>(group & 0xFFU);
  };
  const std::size_t last = text.size() - 4;
  for (std::size_t at = 0; at < last; at += 4) {
    put(text[at], text[at + 1], text[at + 2], text[at + 3]);
  }
  const char* const end = text.data() + last;
  put(end[0], end[1], padding == 2 ? 'A' : end[2], padding > 0 ? 'A' : end[3]);
  if ((bad & kBad) != 0) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::optional<std::vector<std::byte>> decode_lenient_base64(std::string_view text) {
  if (auto bytes = decode_base64(text)) return bytes;
  std::string strict;
  strict.reserve(text.size() + 3);
  for (const char character : text) {
    if (character == ' ' || character == '\t' || character == '\r' || character == '\n') continue;
    strict += character == '-' ? '+' : character == '_' ? '/' : character;
  }
  strict.erase(strict.find_last_not_of('=') + 1);
  // One character alone has six bits: less than a byte.
  if (strict.size() % 4 == 1) return std::nullopt;
  strict.append((4 - strict.size() % 4) % 4, '=');
  return decode_base64(strict);
}

/// Two characters at a time: audio goes out as base64, and OpenSSL takes three times as long.
void append_base64(std::string& text, std::span<const std::byte> bytes) {
  const std::size_t before = text.size();
  text.resize(before + (bytes.size() + 2) / 3 * 4);
  char* out = text.data() + before;
  const auto put = [&out](std::uint32_t twelve_bits) {
    std::memcpy(out, kPairs[twelve_bits].data(), 2);
    out += 2;
  };
  const std::size_t whole = bytes.size() / 3 * 3;
  const auto byte_at = [&bytes](std::size_t at) {
    return std::to_integer<std::uint32_t>(bytes[at]);
  };
  for (std::size_t at = 0; at < whole; at += 3) {
    const std::uint32_t group = (byte_at(at) << 16U) | (byte_at(at + 1) << 8U) | byte_at(at + 2);
    put(group >> 12U);
    put(group & 0xFFFU);
  }
  const std::size_t rest = bytes.size() - whole;
  if (rest == 0) return;
  const std::uint32_t group = (byte_at(whole) << 16U) | (rest == 2 ? byte_at(whole + 1) << 8U : 0U);
  put(group >> 12U);
  put(group & 0xFFFU);
  *--out = '=';
  if (rest == 1) *--out = '=';
}

std::string encode_base64(std::string_view bytes) {
  std::string text;
  append_base64(text, std::as_bytes(std::span{bytes}));
  return text;
}

}  // namespace audio_stream::base
