#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/rules/json_path.hpp"

namespace audio_stream::dialect::rules {

/// A server's text that rules look at: JSON, or words.
struct ServerMessage {
  std::string_view text;
  const simdjson::dom::element* json = nullptr;  ///< none: the text is no JSON object or array
};

/// What a rule asks of a message, compiled once. Conditions are separated by blanks, and all must
/// hold:
///   type=clear          the value at a path is this; a number or true is compared as text
///   mark.name           there is a value at this path
///   role!=user          there is no such value, or it is another
///   #=HANGUP            the whole text is this word
///   #^=MARK_MEDIA       the first word of the text is this
class Match {
 public:
  /// The error says what is wrong with `text`, and quotes it.
  static tl::expected<Match, std::string> compile(std::string_view text);

  [[nodiscard]] bool holds(const ServerMessage& message) const;

 private:
  struct Condition {
    enum class Kind : std::uint8_t { equal, unequal, exists, whole_text, first_word };
    Kind kind;
    std::optional<JsonPath> path;
    std::string value;
  };
  static bool holds(const Condition& condition, const ServerMessage& message);

  std::vector<Condition> conditions_;
};

/// The words of `text` behind the first, without the blank between them.
std::string_view behind_first_word(std::string_view text) noexcept;

}  // namespace audio_stream::dialect::rules
