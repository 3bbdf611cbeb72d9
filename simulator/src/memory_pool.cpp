#include "memory_pool.hpp"

#include <cstdlib>
#include <cstring>
#include <map>

#include "c_memory.hpp"
#include "violation.hpp"

namespace {

struct Pools {
  std::mutex mutex;
  std::map<fspr_pool_t*, std::unique_ptr<fspr_pool_t>> alive;
};

Pools& pools() {
  static Pools instance;
  return instance;
}

}  // namespace

fspr_pool_t::~fspr_pool_t() {
  while (!blocks_.empty()) blocks_.pop_back();  // the newest first: it may lean on older ones
}

void fspr_pool_t::keep(std::shared_ptr<void> block) {
  const std::lock_guard lock(mutex_);
  blocks_.push_back(std::move(block));
}

void* fspr_pool_t::allocate(std::size_t bytes) {
  void* block = std::calloc(1, bytes);  // NOLINT(cppcoreguidelines-*)
  if (block == nullptr) std::abort();
  keep(std::shared_ptr<void>(block, simulator::FreeMemory()));
  return block;
}

char* fspr_pool_t::duplicate(std::string_view text) {
  auto* copy = static_cast<char*>(allocate(text.size() + 1));
  std::memcpy(copy, text.data(), text.size());
  return copy;
}

std::size_t simulator::memory_pools_alive() {
  const std::lock_guard lock(pools().mutex);
  return pools().alive.size();
}

switch_status_t switch_core_perform_new_memory_pool(switch_memory_pool_t** pool, const char*,
                                                    const char*, int) {
  auto fresh = std::make_unique<fspr_pool_t>();
  *pool = fresh.get();
  const std::lock_guard lock(pools().mutex);
  pools().alive.emplace(*pool, std::move(fresh));
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_perform_destroy_memory_pool(switch_memory_pool_t** pool,
                                                        const char* file, const char*, int line) {
  std::unique_ptr<fspr_pool_t> dying;
  {
    const std::lock_guard lock(pools().mutex);
    auto found = pools().alive.find(*pool);
    if (found == pools().alive.end()) {
      simulator::violation("%s:%d destroys a memory pool that is not alive", file, line);
    }
    dying = std::move(found->second);
    pools().alive.erase(found);
  }
  *pool = nullptr;
  return SWITCH_STATUS_SUCCESS;
}

void* switch_core_perform_alloc(switch_memory_pool_t* pool, switch_size_t memory, const char*,
                                const char*, int) {
  return pool->allocate(memory);
}

char* switch_core_perform_strdup(switch_memory_pool_t* pool, const char* todup, const char*,
                                 const char*, int) {
  return todup == nullptr ? nullptr : pool->duplicate(todup);
}

char* switch_core_vsprintf(switch_memory_pool_t* pool, const char* fmt, va_list ap) {
  return pool->duplicate(simulator::print(fmt, ap));
}

char* switch_core_sprintf(switch_memory_pool_t* pool, const char* fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  char* text = switch_core_vsprintf(pool, fmt, arguments);
  va_end(arguments);
  return text;
}
