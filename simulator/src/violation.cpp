#include "violation.hpp"

#include <cstdarg>
#include <cstdlib>
#include <iostream>

#include "c_memory.hpp"

namespace simulator {

void violation(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::cerr << "simulated FreeSWITCH: " << print(format, arguments) << std::endl;
  va_end(arguments);
  std::abort();
}

}  // namespace simulator
