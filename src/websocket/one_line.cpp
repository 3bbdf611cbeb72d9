#include "websocket/one_line.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace audio_stream::websocket {
namespace {

constexpr std::size_t kLongestCharacter = 4;

struct Character {
  std::size_t size = 0;  // 0: it is cut off at the end of the text
  bool valid = true;
};

Character first_character(std::string_view text) {
  base::Utf8Check check;
  for (std::size_t size = 1; size <= std::min(text.size(), kLongestCharacter); ++size) {
    if (!check.take(text.substr(size - 1, 1))) return {1, false};
    if (check.complete()) return {size, true};
  }
  return {};
}

/// A blank, or a character that would break a line or a terminal: C0, DEL, C1 (U+0080 to U+009F),
/// and Unicode's line and paragraph separators (U+2028 and U+2029).
bool is_blank(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return byte <= ' ' || byte == 0x7F;
  if (character.size() == 2) {
    return byte == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  }
  return character == "\u2028" || character == "\u2029";
}

}  // namespace

std::string one_line(std::string_view text, std::size_t most) {
  std::string line;
  bool blank = false;
  while (!text.empty()) {
    const Character found = first_character(text);
    if (found.size == 0) break;
    const std::string_view character = text.substr(0, found.size);
    text.remove_prefix(found.size);
    if (is_blank(character)) {
      blank = !line.empty();
      continue;
    }
    if (line.size() + (blank ? 1U : 0U) + found.size > most) break;
    if (blank) line += ' ';
    blank = false;
    line += found.valid ? character : "?";
  }
  return line;
}

}  // namespace audio_stream::websocket
