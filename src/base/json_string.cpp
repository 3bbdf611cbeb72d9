#include "base/json_string.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/json_text.hpp"

namespace audio_stream::base {
namespace {

bool stands_for_itself(char character) noexcept {
  return character >= ' ' && character < '\x7F' && character != '"' && character != '\\';
}

}  // namespace

void append_json_escaped(std::string& text, std::string_view value) {
  if (std::ranges::all_of(value, stands_for_itself)) {
    text += value;
    return;
  }
  const std::string quoted = json_text(std::string{value});
  text.append(quoted, 1, quoted.size() - 2);
}

std::string json_string(std::string_view value) {
  std::string text{'"'};
  append_json_escaped(text, value);
  text += '"';
  return text;
}

}  // namespace audio_stream::base
