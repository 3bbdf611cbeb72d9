#include "failing_memory.hpp"

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace exhaustion {
namespace {

std::atomic<std::uint64_t> every{0};
std::atomic<std::uint64_t> turn{0};
std::atomic<std::uint64_t> failures{0};

enum class Whose : std::uint8_t { unknown, modules, others };
thread_local Whose whose = Whose::unknown;
thread_local unsigned spared = 0;
thread_local bool once_armed = false;
thread_local std::uint64_t once_left = 0;
thread_local std::size_t once_least = 0;
thread_local Halt* halt_armed = nullptr;
thread_local std::uint64_t halt_left = 0;
thread_local std::size_t halt_least = 0;

bool is_modules() {
  if (whose == Whose::unknown) {
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    whose = std::strncmp(name.data(), "as-", 3) == 0 ? Whose::modules : Whose::others;
  }
  return whose == Whose::modules;
}

void wait_if_told(std::size_t size) {
  if (halt_armed == nullptr || size < halt_least || halt_left-- > 0) return;
  Halt& halt = *halt_armed;
  halt_armed = nullptr;
  halt.reached.release();
  halt.go_on.acquire();
}

bool must_fail(std::size_t size) {
  if (spared > 0) return false;
  if (once_armed) {
    if (size < once_least || once_left-- > 0) return false;
    once_armed = false;
    failures.fetch_add(1);
    return true;
  }
  const std::uint64_t nth = every.load(std::memory_order_relaxed);
  if (nth == 0 || size < kLeast || !is_modules()) return false;
  if (turn.fetch_add(1, std::memory_order_relaxed) % nth != 0) return false;
  failures.fetch_add(1);
  return true;
}

// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): what new stands on

void* allocate(std::size_t size) {
  wait_if_told(size);
  if (must_fail(size)) return nullptr;
  return std::malloc(size == 0 ? 1 : size);
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  wait_if_told(size);
  if (must_fail(size)) return nullptr;
  const auto step = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(step, (size + step - 1) / step * step);
}

// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

}  // namespace

void fail_every(std::uint64_t nth) {
  every.store(nth);
}

std::uint64_t failed() {
  return failures.load();
}

FailOnce::FailOnce(std::uint64_t count, std::size_t least) {
  once_left = count;
  once_least = least;
  once_armed = true;
}
FailOnce::~FailOnce() {
  once_armed = false;
}
bool FailOnce::happened() const {
  return !once_armed;
}

HaltOnce::HaltOnce(Halt& halt, std::uint64_t count, std::size_t least) {
  halt_left = count;
  halt_least = least;
  halt_armed = &halt;
}
HaltOnce::~HaltOnce() {
  halt_armed = nullptr;
}
bool HaltOnce::happened() const {
  return halt_armed == nullptr;
}

Spared::Spared() {
  ++spared;
}
Spared::~Spared() {
  --spared;
}

}  // namespace exhaustion

using exhaustion::allocate;
using exhaustion::or_throw;

void* operator new(std::size_t size) {
  return or_throw(allocate(size));
}
void* operator new[](std::size_t size) {
  return or_throw(allocate(size));
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return or_throw(allocate(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return or_throw(allocate(size, alignment));
}
// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): as above
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t& /*tag*/) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/,
                       std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
