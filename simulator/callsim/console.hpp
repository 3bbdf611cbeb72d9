// callsim's prompt.
#pragma once

#include <istream>

#include "arguments.hpp"
#include "screen.hpp"

namespace callsim {

/// Reads commands, one a line, until "quit" or the end of the input; returns callsim's exit code.
int run_console(const Arguments& arguments, std::istream& in, Screen& screen);

}  // namespace callsim
