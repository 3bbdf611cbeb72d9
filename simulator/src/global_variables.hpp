// The core's global variables.
#pragma once

#include <optional>
#include <string>

namespace simulator {
std::optional<std::string> global_variable(const std::string& name);
void forget_global_variables();
}  // namespace simulator
