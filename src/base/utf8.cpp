#include "base/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace audio_stream::base {
namespace {

constexpr std::uint64_t kNoAscii = 0x8080808080808080;

/// The number of ASCII bytes from `at` on, in steps of eight.
std::size_t ascii_run(std::string_view text, std::size_t at) noexcept {
  const std::size_t begin = at;
  std::uint64_t eight = 0;
  while (text.size() - at >= sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if ((eight & kNoAscii) != 0) break;
    at += sizeof eight;
  }
  return at - begin;
}

/// The number of bytes that follow `lead` in its character; 0 if `lead` begins none.
constexpr std::size_t continuations_of(std::uint8_t lead) noexcept {
  if (lead < 0xC2 || lead > 0xF4) return 0;
  return lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  Utf8Check check;
  return check.take(text) && check.complete();
}

bool Utf8Check::take(std::string_view piece) noexcept {
  const auto begin = [this](std::uint8_t missing, std::uint8_t lowest, std::uint8_t highest) {
    missing_ = missing;
    lowest_ = lowest;
    highest_ = highest;
  };
  std::size_t at = 0;
  while (at < piece.size()) {
    if (missing_ == 0) {
      at += ascii_run(piece, at);
      if (at == piece.size()) break;
    }
    const auto byte = static_cast<std::uint8_t>(piece[at++]);
    if (missing_ > 0) {
      if (byte < lowest_ || byte > highest_) return false;
      begin(static_cast<std::uint8_t>(missing_ - 1), 0x80, 0xBF);
    } else if (byte >= 0x80) {
      // RFC 3629, 4: only the second byte has narrower bounds than 80 to BF.
      if (byte < 0xC2 || byte > 0xF4) return false;  // overlong, or beyond U+10FFFF
      if (byte < 0xE0) {
        begin(1, 0x80, 0xBF);
      } else if (byte < 0xF0) {
        begin(2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF);  // ED: surrogates
      } else {
        begin(3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF);
      }
    }
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

bool ends_within_character(std::string_view text) noexcept {
  constexpr std::size_t kLongest = 4;
  for (std::size_t bytes = 1; bytes <= std::min(text.size(), kLongest); ++bytes) {
    const auto byte = static_cast<std::uint8_t>(text[text.size() - bytes]);
    const bool continues = (byte & 0xC0U) == 0x80;
    if (!continues) return continuations_of(byte) >= bytes;
  }
  return false;
}

}  // namespace audio_stream::base
