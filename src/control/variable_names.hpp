#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Names of channel variables.
namespace audio_stream::control {

/// The names of variables whose values are secrets and belong into no event.
inline constexpr std::string_view kSecretVariables[] = {"STREAM_EXTRA_HEADERS",
                                                        "STREAM_SUBPROTOCOL", "STREAM_PROXY"};

/// Whether `name` is one of theirs, or ends in one. In any case of letters: so the switch finds
/// variables.
bool ends_in_secret_variable(std::string_view name) noexcept;

/// The names in a list of channel variables, without those whose values are secrets.
std::vector<std::string> hello_variables(const std::string& list);

}  // namespace audio_stream::control
