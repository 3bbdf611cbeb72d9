#pragma once

#include <algorithm>
#include <string_view>

namespace audio_stream::base {

/// The characters that may surround a word in a command, a list or a file.
inline constexpr std::string_view kBlanks = " \t\r\n";

/// `text` without the blanks at both ends. The result points into `text`.
constexpr std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(kBlanks) + 1));
  return text;
}

}  // namespace audio_stream::base
