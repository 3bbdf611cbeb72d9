// Memory that is brought into the processor's cache before it is needed.
#pragma once

#include <cstddef>

namespace simulator {

inline void fetch_memory(const void* begin, const void* end) noexcept {
  constexpr std::ptrdiff_t kCacheLine = 64;
  const auto* last = static_cast<const std::byte*>(end);
  for (const auto* at = static_cast<const std::byte*>(begin); at < last; at += kCacheLine) {
    __builtin_prefetch(at);
  }
}

}  // namespace simulator
