#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace simdjson::dom {
class element;
}

namespace audio_stream::dialect::rules {

/// The way to values in a JSON text, compiled once. Steps are separated by dots:
///   media.payload              a member of a member
///   results.0.final            the first element of an array
///   parts.*.text               every element of an array
///   tokens[is_final=true].text the elements of the array `tokens` whose member `is_final` is true
/// A value in brackets is compared as text, as text_of() gives it.
class JsonPath {
 public:
  static constexpr std::size_t kMaxSteps = 16;

  /// The error says what is wrong with `text`, and quotes it.
  static tl::expected<JsonPath, std::string> compile(std::string_view text);

  /// Calls `each` for every value that the path leads to, in their order in the message.
  void find(const simdjson::dom::element& message,
            const std::function<void(const simdjson::dom::element&)>& each) const;
  /// The path leads to a value, which may be null.
  [[nodiscard]] bool exists(const simdjson::dom::element& message) const;
  /// The texts of all values one after the other. Empty if there is none.
  [[nodiscard]] std::string text(const simdjson::dom::element& message) const;

  [[nodiscard]] const std::string& written() const noexcept { return written_; }

 private:
  struct Step {
    enum class Kind : std::uint8_t { member, index, every, filter };
    Kind kind = Kind::member;
    std::string name;       ///< member: its name; filter: the name of the elements' member
    std::string value;      ///< filter: the value of that member
    std::size_t index = 0;  ///< index: the number, which may be a member's name as well
  };

  void follow(const simdjson::dom::element& value, std::size_t step,
              const std::function<void(const simdjson::dom::element&)>& each) const;

  std::string written_;
  std::vector<Step> steps_;
};

/// A value as text: a string's own characters, a number or boolean as JSON writes it, empty for
/// null. An array or an object as JSON, without blanks.
std::string text_of(const simdjson::dom::element& value);

}  // namespace audio_stream::dialect::rules
