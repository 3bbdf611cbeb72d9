// Rules of the real core that code under test has broken.
#pragma once

#include <exception>
#include <utility>

namespace simulator {

/// Says which rule was broken, and aborts: the real core would hang, corrupt memory or crash.
[[noreturn]] void violation(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// Calls code of a module. The real core is C, so no exception may leave it.
template <typename Function>
auto guarded(const char* where, Function&& function) {
  try {
    return std::forward<Function>(function)();
  } catch (const std::exception& error) {
    violation("a C++ exception left %s: %s", where, error.what());
  } catch (...) {
    violation("a C++ exception left %s", where);
  }
}

}  // namespace simulator
