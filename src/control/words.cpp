#include "control/words.hpp"

#include <algorithm>
#include <numeric>

#include <nlohmann/json.hpp>

#include "base/blanks.hpp"
#include "base/letter_case.hpp"

namespace audio_stream::control {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMostListed = 16;

/// A linear check: a text may have a mebibyte.
bool is_json_object_or_array(std::string_view text) {
  const std::string_view json = base::trimmed(text);
  return (json.starts_with('{') || json.starts_with('[')) && nlohmann::json::accept(json);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char c : a) {
    std::size_t diagonal = row[0]++;
    for (std::size_t i = 0; i < b.size(); ++i) {
      const std::size_t replaced = diagonal + (base::to_lower(c) == base::to_lower(b[i]) ? 0 : 1);
      diagonal = row[i + 1];
      row[i + 1] = std::min({replaced, row[i] + 1, row[i + 1] + 1});
    }
  }
  return row[b.size()];
}

std::string comma_list(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kMostListed); ++i) {
    list += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kMostListed) {
    list += " and " + std::to_string(names.size() - kMostListed) + " more";
  }
  return list;
}

std::string_view most_similar(std::string_view word, const std::vector<std::string_view>& known) {
  word = word.substr(0, kMaxName);
  return *std::ranges::min_element(
      known, {}, [word](std::string_view each) { return edit_distance(word, each); });
}

std::string_view unquoted(std::string_view word) noexcept {
  if (word.size() < 2 || word.front() != word.back()) return word;
  if (word.front() != '\'' && word.front() != '"') return word;
  const std::string_view inside = word.substr(1, word.size() - 2);
  return inside.find(word.front()) == std::string_view::npos ? inside : word;
}

std::string_view unquoted_text(std::string_view text) {
  const std::string_view whole = base::trimmed(text);
  if (whole.size() < 2 || whole.front() != whole.back()) return text;
  const bool is_single = whole.front() == '\'';
  if (!is_single && whole.front() != '"') return text;
  const std::string_view inside = whole.substr(1, whole.size() - 2);
  const bool is_pair = is_single && inside.find('\'') == std::string_view::npos;
  return is_pair || is_json_object_or_array(inside) ? inside : text;
}

bool is_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_' || c == '.';
         });
}

}  // namespace audio_stream::control
