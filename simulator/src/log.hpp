// The core's own side of logging.
#pragma once

#include <cstddef>

namespace simulator {

void log_to_console(bool on);
std::size_t loggers_bound();

}  // namespace simulator
