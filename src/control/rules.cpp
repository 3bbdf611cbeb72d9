#include "control/rules.hpp"

#include <algorithm>
#include <array>

#include "base/whole_number.hpp"

namespace audio_stream::control {
namespace {

std::optional<bool> truth(std::string_view value) {
  constexpr std::array<std::string_view, 7> kTrue{"true", "1",      "yes",    "on",
                                                  "t",    "enable", "enabled"};
  constexpr std::array<std::string_view, 7> kFalse{"false", "0",       "no",      "off",
                                                   "f",     "disable", "disabled"};
  const auto is_value = [value](std::string_view word) {
    return base::equals_ignoring_case(word, value);
  };
  if (std::any_of(kTrue.begin(), kTrue.end(), is_value)) return true;
  if (std::any_of(kFalse.begin(), kFalse.end(), is_value)) return false;
  return std::nullopt;
}

/// "a number of seconds from 0 to 3600", "a multiple of 20 ms from 20 to 1000".
std::string expected_text(const Number& number) {
  std::string text = number.step == 1 ? "a number" : "a multiple of " + std::to_string(number.step);
  if (!number.unit.name.empty()) {
    text += number.step == 1 ? " of " : " ";
    text += number.unit.name;
  }
  return text + " from " + std::to_string(number.low) + " to " + std::to_string(number.high);
}

Wrong read_as(const Flag& flag, const std::string& value, Options& options) {
  const auto on = truth(value);
  if (!on) return "not true or false";
  flag.set(options, *on != flag.inverted);
  return std::nullopt;
}

Wrong read_as(const Number& number, const std::string& value, Options& options) {
  const auto read = base::whole_number(value, number.low, number.high, number.step);
  if (!read) return "not " + expected_text(number);
  number.set(options, *read * number.unit.size);
  return std::nullopt;
}

Wrong read_as(const Word& word, const std::string& value, Options& options) {
  if (!word.set(options, value)) return "not " + word.choices();
  return std::nullopt;
}

Wrong read_as(const Text& text, const std::string& value, Options& options) {
  text.set(options, value);
  return std::nullopt;
}

Wrong read_as(const ParsedText& text, const std::string& value, Options& options) {
  return text.read(options, value);
}

}  // namespace

Wrong apply(const Rule& rule, const std::string& value, Options& options) {
  return std::visit([&](const auto& each) { return read_as(each, value, options); }, rule);
}

std::string value_text(const Rule& rule, const Options& options) {
  if (const auto* number = std::get_if<Number>(&rule)) {
    return std::to_string(number->get(options) / number->unit.size);
  }
  if (const auto* word = std::get_if<Word>(&rule)) return word->get(options);
  if (const auto* flag = std::get_if<Flag>(&rule)) {
    return flag->get(options) != flag->inverted ? "true" : "false";
  }
  return {};
}

}  // namespace audio_stream::control
