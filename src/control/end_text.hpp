#pragma once

#include <string>
#include <string_view>

#include "control/layers.hpp"

namespace audio_stream::control {

/// Whether `text` names a variable, `${name}`.
[[nodiscard]] bool names_variables(std::string_view text) noexcept;

/// `text` with the value of each `${name}` in its place; nothing for a variable that is not set, or
/// whose value is a secret. A value is not expanded again, and calls no function of the switch. In
/// a text that begins as JSON ('{' or '['), a value is escaped as between the quotes of a JSON
/// string. The result is valid UTF-8: other bytes are read as ISO 8859-1.
[[nodiscard]] std::string with_values(std::string_view text, const VariableLookup& variables);

}  // namespace audio_stream::control
