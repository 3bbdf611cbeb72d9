#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "control/rules.hpp"

/// The one table of the settings that have a name: the STREAM_* channel variables, and the
/// parameters that only the configuration may set.
namespace audio_stream::control {

/// The narrowest place where a parameter may stand. A wider place may set it too: a `variable`
/// stands in a profile and in `settings` as well.
enum class Place : std::uint8_t { variable, profile, settings };

struct Parameter {
  const char* name;
  Place place;
  Rule rule;
  /// A bad value refuses the start, and no default replaces it: the stream would lack its
  /// authorization or its identity, or go to the wrong server.
  bool essential = false;

  /// Sets the parameter's member. A wrong value leaves `options` as they are.
  [[nodiscard]] Wrong read(const std::string& value, Options& options) const {
    return apply(rule, value, options);
  }

  /// The member's value as a user would write it; empty if it is not a flag, a number or a word.
  [[nodiscard]] std::string value_text(const Options& options) const {
    return control::value_text(rule, options);
  }
};

std::span<const Parameter> parameters() noexcept;

/// Ignores the case of letters; nullptr if there is no such parameter.
const Parameter* find_parameter(std::string_view name) noexcept;

/// The channel variable that `name` resembles. Nothing if `name` is one itself or resembles none.
std::optional<std::string_view> variable_meant_by(std::string_view name);

}  // namespace audio_stream::control
