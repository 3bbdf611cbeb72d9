#include "fakes/watched_thread.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <cstddef>

#if AUDIO_STREAM_SANITIZED
#include <sanitizer/allocator_interface.h>
#endif

namespace audio_stream::test {
namespace {

thread_local Deeds deeds;

}  // namespace

void watch_this_thread() noexcept {
  deeds = {};
}

Deeds deeds_of_this_thread() noexcept {
  return deeds;
}

}  // namespace audio_stream::test

#if AUDIO_STREAM_SANITIZED

namespace {

void count_allocation(const volatile void*, std::size_t) {
  ++audio_stream::test::deeds.allocations;
}
void ignore_release(const volatile void*) {}

[[maybe_unused]] const int installed =
    __sanitizer_install_malloc_and_free_hooks(count_allocation, ignore_release);

}  // namespace

#else  // operator new ends in malloc, as does whatever the libraries do

// glibc's own names of the functions replaced here.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier)
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* memory, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
// NOLINTEND(bugprone-reserved-identifier)

#define REPLACES_GLIBCS __attribute__((visibility("default")))

REPLACES_GLIBCS void* malloc(std::size_t size) noexcept {
  ++audio_stream::test::deeds.allocations;
  return __libc_malloc(size);
}
REPLACES_GLIBCS void* calloc(std::size_t count, std::size_t size) noexcept {
  ++audio_stream::test::deeds.allocations;
  return __libc_calloc(count, size);
}
REPLACES_GLIBCS void* realloc(void* memory, std::size_t size) noexcept {
  ++audio_stream::test::deeds.allocations;
  return __libc_realloc(memory, size);
}
REPLACES_GLIBCS void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  ++audio_stream::test::deeds.allocations;
  return __libc_memalign(alignment, size);
}

REPLACES_GLIBCS int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using Lock = int (*)(pthread_mutex_t*);
  static Lock real = nullptr;
  ++audio_stream::test::deeds.locks;
  // Not a guarded static, because the guard may lock. All threads store the same value.
  Lock lock = __atomic_load_n(&real, __ATOMIC_RELAXED);
  if (lock == nullptr) {
    lock = reinterpret_cast<Lock>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    __atomic_store_n(&real, lock, __ATOMIC_RELAXED);
  }
  return lock(mutex);
}
}

#endif
