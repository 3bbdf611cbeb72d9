#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Names of channel variables.
namespace audio_stream::control {

/// Variables whose values are secrets: no event shows them.
inline constexpr std::string_view kSecretVariables[] = {"STREAM_EXTRA_HEADERS",
                                                        "STREAM_SUBPROTOCOL", "STREAM_PROXY"};

/// Whether `name` is a secret variable, or ends in the name of one. Ignores the case of letters, as
/// the switch does when it looks a variable up.
bool ends_in_secret_variable(std::string_view name) noexcept;

/// The names in a comma-separated list of channel variables, without the secret variables.
std::vector<std::string> hello_variables(const std::string& list);

}  // namespace audio_stream::control
