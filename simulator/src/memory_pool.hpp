// Memory pools: everything taken from one dies with it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "switch.h"

// The type behind switch_memory_pool_t. Every block is its own heap allocation, so that
// AddressSanitizer sees a use after the pool died.
struct fspr_pool_t {
 public:
  fspr_pool_t() = default;
  ~fspr_pool_t();
  fspr_pool_t(const fspr_pool_t&) = delete;
  fspr_pool_t& operator=(const fspr_pool_t&) = delete;

  void* allocate(std::size_t bytes);  ///< zeroed
  char* duplicate(std::string_view text);
  template <typename Object, typename... Arguments>
  Object* make(Arguments&&... arguments) {
    auto object = std::make_shared<Object>(std::forward<Arguments>(arguments)...);
    Object* address = object.get();
    keep(std::move(object));
    return address;
  }

 private:
  void keep(std::shared_ptr<void> block);
  std::mutex mutex_;
  std::vector<std::shared_ptr<void>> blocks_;
};

namespace simulator {
std::size_t memory_pools_alive();
}
