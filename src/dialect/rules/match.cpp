#include "dialect/rules/match.hpp"

#include <algorithm>
#include <utility>

#include <simdjson.h>

#include "base/blanks.hpp"

namespace audio_stream::dialect::rules {
namespace {

using base::kBlanks;
using base::trimmed;

std::string_view first_word(std::string_view text) noexcept {
  text = trimmed(text);
  return text.substr(0, text.find_first_of(kBlanks));
}

}  // namespace

std::string_view behind_first_word(std::string_view text) noexcept {
  text = trimmed(text);
  return trimmed(text.substr(first_word(text).size()));
}

tl::expected<Match, std::string> Match::compile(std::string_view text) {
  using Kind = Condition::Kind;
  Match match;
  for (std::string_view rest = trimmed(text); !rest.empty();) {
    const std::string_view word = first_word(rest);
    rest = behind_first_word(rest);
    if (word.starts_with("#=") || word.starts_with("#^=")) {
      const bool whole = word[1] == '=';
      const std::string_view value = word.substr(whole ? 2 : 3);
      if (value.empty()) {
        return tl::unexpected("the condition '" + std::string{word} + "' names no word");
      }
      match.conditions_.push_back(
          {whole ? Kind::whole_text : Kind::first_word, std::nullopt, std::string{value}});
      continue;
    }
    // The first '=' outside of brackets ends the path.
    std::size_t equals = word.find('=');
    if (word.find('[') < equals) {
      const std::size_t end = word.find(']');
      equals = end == std::string_view::npos ? end : word.find('=', end);
    }
    const bool unequal = equals != std::string_view::npos && equals > 0 && word[equals - 1] == '!';
    auto path = JsonPath::compile(word.substr(0, unequal ? equals - 1 : equals));
    if (!path) return tl::unexpected(std::move(path.error()));
    if (equals == std::string_view::npos) {
      match.conditions_.push_back({Kind::exists, std::move(*path), {}});
    } else {
      match.conditions_.push_back({unequal ? Kind::unequal : Kind::equal, std::move(*path),
                                   std::string{word.substr(equals + 1)}});
    }
  }
  if (match.conditions_.empty()) {
    return tl::unexpected<std::string>("the match is empty; it needs a condition like type=clear");
  }
  return match;
}

bool Match::holds(const ServerMessage& message) const {
  return std::ranges::all_of(conditions_,
                             [&](const Condition& condition) { return holds(condition, message); });
}

bool Match::holds(const Condition& condition, const ServerMessage& message) {
  using Kind = Condition::Kind;
  switch (condition.kind) {
    case Kind::whole_text:
      return trimmed(message.text) == condition.value;
    case Kind::first_word:
      return first_word(message.text) == condition.value;
    case Kind::exists:
      return message.json != nullptr && condition.path->exists(*message.json);
    case Kind::equal:
    case Kind::unequal:
      break;
  }
  if (message.json == nullptr) return false;
  bool found = false;
  condition.path->find(*message.json, [&](const simdjson::dom::element& value) {
    found = found || text_of(value) == condition.value;
  });
  return found == (condition.kind == Kind::equal);
}

}  // namespace audio_stream::dialect::rules
