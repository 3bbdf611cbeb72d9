// Console completion.
#pragma once

#include <cstddef>

namespace simulator {
std::size_t completions_registered();
void start_completion();
void forget_completions();
}  // namespace simulator
