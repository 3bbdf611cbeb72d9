#include "base/printable.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace audio_stream::base {
namespace {

constexpr std::size_t kLongestCharacter = 4;

struct Character {
  std::size_t size = 0;  // 0: the text ends within the character
  bool valid = true;
};

Character first_character(std::string_view text) {
  if (static_cast<unsigned char>(text.front()) < 0x80) return {1, true};
  Utf8Check check;
  for (std::size_t size = 1; size <= std::min(text.size(), kLongestCharacter); ++size) {
    if (!check.take(text.substr(size - 1, 1))) return {1, false};
    if (check.complete()) return {size, true};
  }
  return {};
}

bool is_control(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return byte < ' ' || byte == 0x7F;
  if (character.size() == 2) {
    return byte == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  }
  return character == "\u2028" || character == "\u2029";
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t taken = 0;
  while (taken < text.size()) {
    const std::string_view rest = text.substr(taken);
    const Character found = first_character(rest);
    const std::size_t size = std::max<std::size_t>(found.size, 1);
    if (taken + size > most) return out + "...";
    const bool shown = found.size > 0 && found.valid && !is_control(rest.substr(0, size));
    out += shown ? rest.substr(0, size) : "?";
    taken += size;
  }
  return out;
}

std::string one_line(std::string_view text, std::size_t most) {
  std::string line;
  bool blank = false;
  while (!text.empty()) {
    const Character found = first_character(text);
    if (found.size == 0) break;
    const std::string_view character = text.substr(0, found.size);
    text.remove_prefix(found.size);
    if (found.valid && (character == " " || is_control(character))) {
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

}  // namespace audio_stream::base
