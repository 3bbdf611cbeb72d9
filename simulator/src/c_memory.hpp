// malloc-ed memory, for what crosses the C interface and is free()d on the other side.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace simulator {

struct FreeMemory {
  void operator()(void* memory) const noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-*)
  }
};
using CString = std::unique_ptr<char, FreeMemory>;

/// A zero-terminated copy, to be free()d.
inline CString c_string(std::string_view text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));  // NOLINT
  if (copy == nullptr) std::abort();
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return CString(copy);
}

/// vprintf into a string. An unusable format yields nothing, as vasprintf's failure does.
inline std::string print(const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const int length = std::vsnprintf(nullptr, 0, format, arguments);  // NOLINT: callers start it
  std::string text(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
  if (length > 0) (void)std::vsnprintf(text.data(), text.size() + 1, format, again);
#pragma GCC diagnostic pop
  va_end(again);
  return text;
}

}  // namespace simulator
