#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/rules/json_path.hpp"
#include "dialect/rules/live.hpp"
#include "dialect/rules/match.hpp"

namespace audio_stream::dialect::rules {

/// A text of a rule with placeholders. Everything outside of `${...}` stays as it is.
///   ${name}              the value, escaped for a JSON string, without quotes
///   ${q:name}            the value as a quoted JSON string; null if it has none
///   ${raw:name}          the value as it is, e.g. JSON of the user
///   ${json:path}         the value at that path of the message that is answered, as JSON
///   ${file:path}         the first line of a file, read at `start`
///   ${name:-default}     `default` if the value is unset; it may be empty, and braces must pair
///   ${when:name}...${end}    only if the value is set and not empty; ${unless:name} if it is not
///   ${when:name=value}       only if the value is this; ${unless:name=value} if it is another or
///   unset
///
/// A name is one of kLiveNames, one that a `set` rule captures, or the name of a setting. Settings
/// are put in once, when the stream starts; see bind().
///
/// Immutable once compiled.
class TextTemplate {
 public:
  /// The value of a setting; none if it is unset.
  using Settings = std::function<std::optional<std::string>(std::string_view name)>;

  static tl::expected<TextTemplate, std::string> compile(std::string_view text);

  /// Calls `each` for every setting that the template names. `needed`: it has no default.
  void for_each_setting(std::span<const std::string> captured,
                        const std::function<void(std::string_view name, bool needed)>& each) const;

  /// Puts the settings in. `captured` has the names that are known only later. The error is the
  /// name of a setting that is unset and has no default.
  [[nodiscard]] tl::expected<class BoundTemplate, std::string> bind(
      std::span<const std::string> captured, const Settings& settings) const;

  [[nodiscard]] bool empty() const noexcept { return parts_.empty(); }

 private:
  enum class Form : std::uint8_t { escaped, quoted, raw, json, file };
  struct Literal {
    std::string text;
  };
  struct Placeholder {
    Form form = Form::escaped;
    std::string name;
    std::optional<JsonPath> path;  // with Form::json
    std::optional<std::string> otherwise;
  };
  struct Section {  // `when` or `unless`
    std::string name;
    std::optional<std::string> value;
    bool wanted = true;
  };
  struct End {};
  using Part = std::variant<Literal, Placeholder, Section, End>;

  friend class BoundTemplate;
  static tl::expected<Part, std::string> compile_placeholder(std::string_view text);

  std::vector<Part> parts_;
};

/// A TextTemplate with its settings. What is left differs from message to message.
///
/// Immutable, so any thread may expand it.
class BoundTemplate {
 public:
  /// Appends the text.
  void expand(const LiveValues& values, std::string& text) const;
  [[nodiscard]] std::string text(const LiveValues& values) const {
    std::string text;
    expand(values, text);
    return text;
  }
  /// Appends the parts of `message` that the template shows, for LiveValues::of_message: the
  /// message is gone when its answer is due.
  void collect(const ServerMessage& message, std::vector<std::string>& parts) const;
  [[nodiscard]] bool uses(Live value) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return parts_.empty(); }

 private:
  friend class TextTemplate;
  using Form = TextTemplate::Form;
  struct Literal {
    std::string text;
  };
  struct Value {
    Live value;
    Form form;
  };
  struct Captured {
    std::size_t number;
    Form form;
    std::optional<std::string> otherwise;
  };
  struct OfMessage {
    std::optional<JsonPath> path;  // none: the words behind the first
    Form form;
  };
  using Part = std::variant<Literal, Value, Captured, OfMessage>;

  void add(std::string_view literal);

  std::vector<Part> parts_;
};

}  // namespace audio_stream::dialect::rules
