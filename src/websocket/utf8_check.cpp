#include "websocket/utf8_check.hpp"

#include <cstddef>
#include <cstring>

namespace audio_stream::websocket {
namespace {

constexpr std::uint64_t kNoAscii = 0x8080808080808080;

/// How many bytes from `at` on are ASCII, in steps of eight.
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

}  // namespace

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

}  // namespace audio_stream::websocket
