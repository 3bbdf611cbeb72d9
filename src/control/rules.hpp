#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/letter_case.hpp"
#include "control/options.hpp"

/// What a parameter's value may be, and the member of Options that it sets. A rule names the member
/// by a chain of pointers to members: flag_of<&Options::playback, &PlaybackOptions::enabled>().
namespace audio_stream::control {

/// Why a value is wrong: "not <what it must be>", or a sentence that does not show the value
/// because it may be a secret.
using Wrong = std::optional<std::string>;

/// True or false.
struct Flag {
  bool inverted;  ///< true clears the member
  bool (*get)(const Options&);
  void (*set)(Options&, bool);
};

struct Unit {
  std::string_view name;  ///< in the plural; empty: the value only counts
  long size = 1;          ///< of one unit in the member
};

/// A whole number of units from `low` to `high` that is a multiple of `step`.
struct Number {
  long low;
  long high;
  Unit unit;
  long step;
  long (*get)(const Options&);
  void (*set)(Options&, long);
};

/// One of a few words.
struct Word {
  std::string (*choices)();  ///< for messages
  std::string (*get)(const Options&);
  bool (*set)(Options&, std::string_view word);  ///< false: it is none of them
};

/// Any text.
struct Text {
  void (*set)(Options&, const std::string&);
};

/// A text with a syntax of its own.
struct ParsedText {
  Wrong (*read)(Options&, const std::string&);
};

using Rule = std::variant<Flag, Number, Word, Text, ParsedText>;

/// Sets the rule's member. A wrong value leaves `options` as they are.
Wrong apply(const Rule& rule, const std::string& value, Options& options);

/// The member's value as a user would write it; empty for a Text and a ParsedText.
std::string value_text(const Rule& rule, const Options& options);

/// The member at the end of the chain.
template <auto... kChain>
auto& member_at(Options& options) {
  return (options.*....*kChain);
}
template <auto... kChain>
const auto& member_at(const Options& options) {
  return (options.*....*kChain);
}

inline constexpr bool kInverted = true;

template <auto... kChain>
constexpr Flag flag_of(bool inverted = false) {
  return {inverted, [](const Options& options) -> bool { return member_at<kChain...>(options); },
          [](Options& options, bool on) { member_at<kChain...>(options) = on; }};
}

template <auto... kChain>
constexpr Number number_of(long low, long high, Unit unit, long step = 1) {
  return {low,
          high,
          unit,
          step,
          [](const Options& options) {
            const auto& value = member_at<kChain...>(options);
            if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(value)>>) {
              return static_cast<long>(value);
            } else {
              return static_cast<long>(value.count());  // of a std::chrono::duration
            }
          },
          [](Options& options, long value) {
            auto& target = member_at<kChain...>(options);
            target = static_cast<std::remove_cvref_t<decltype(target)>>(value);
          }};
}

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

/// `kNames` is an array of Named with static storage.
template <const auto& kNames, auto... kChain>
constexpr Word word_of() {
  return {[] {
            std::string list;
            for (const auto& each : kNames) {
              if (!list.empty()) list += &each == &kNames.back() ? " or " : ", ";
              list += each.name;
            }
            return list;
          },
          [](const Options& options) {
            for (const auto& each : kNames) {
              if (each.value == member_at<kChain...>(options)) return std::string{each.name};
            }
            return std::string{};
          },
          [](Options& options, std::string_view word) {
            for (const auto& each : kNames) {
              if (!base::equals_ignoring_case(each.name, word)) continue;
              member_at<kChain...>(options) = each.value;
              return true;
            }
            return false;
          }};
}

template <auto... kChain>
constexpr Text text_of() {
  return {
      [](Options& options, const std::string& value) { member_at<kChain...>(options) = value; }};
}

/// `kParse` makes the member's value of a text, or says what is wrong: a tl::expected.
template <auto kParse, auto... kChain>
constexpr ParsedText parsed_by() {
  return {[](Options& options, const std::string& value) -> Wrong {
    auto result = kParse(value);
    if (!result) return std::move(result.error());
    member_at<kChain...>(options) = std::move(*result);
    return std::nullopt;
  }};
}

}  // namespace audio_stream::control
