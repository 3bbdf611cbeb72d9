#include "websocket/http_words.hpp"

#include <algorithm>
#include <cstddef>

#include "base/letter_case.hpp"

namespace audio_stream::websocket {
namespace {

constexpr std::string_view kBlanks = " \t";

bool is_token_character(char c) noexcept {
  constexpr std::string_view kSymbols = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kSymbols.find(c) != std::string_view::npos;
}

}  // namespace

std::string_view Words::token() noexcept {
  const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
  const std::string_view token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
  rest_.remove_prefix(token.size());
  skip_blanks();
  good_ = good_ && !token.empty();
  return token;
}

std::string_view Words::value() noexcept {
  if (!rest_.starts_with('"')) return token();
  const std::size_t end = rest_.find_first_of("\"\\", 1);
  if (end == std::string_view::npos || rest_[end] == '\\') {
    good_ = false;
    return {};
  }
  const std::string_view value = rest_.substr(1, end - 1);
  rest_.remove_prefix(end + 1);
  skip_blanks();
  return value;
}

bool Words::next(char separator) noexcept {
  if (!rest_.starts_with(separator)) return false;
  rest_.remove_prefix(1);
  skip_blanks();
  return true;
}

void Words::skip_blanks() noexcept {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool has_word(std::string_view list, std::string_view word) noexcept {
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    Words words{list.substr(0, comma)};
    const std::string_view found = words.token();
    if (words.at_end() && base::equals_ignoring_case(found, word)) return true;
    if (comma == list.size()) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace audio_stream::websocket
