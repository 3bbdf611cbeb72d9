#pragma once

#include <cstddef>
#include <cstdint>
#include <semaphore>

/// This program's operator new, which can fail or wait on request.
namespace exhaustion {

/// From now on every `nth` allocation of kLeast bytes or more on the module's own threads fails; 0:
/// none. Smaller ones never fail: nlohmann-json allocates in its destructors, where an exception
/// ends the program. A Linux without such a small piece has killed a process before.
void fail_every(std::uint64_t nth);
inline constexpr std::size_t kLeast = 512;
/// The number of failed allocations so far.
std::uint64_t failed();

/// Until the destructor, the allocation of this thread of `least` bytes or more that follows
/// `count` others of that size fails, once.
class FailOnce {
 public:
  explicit FailOnce(std::uint64_t count, std::size_t least = 0);
  ~FailOnce();
  FailOnce(const FailOnce&) = delete;
  FailOnce& operator=(const FailOnce&) = delete;
  /// Whether an allocation failed.
  [[nodiscard]] bool happened() const;
};

/// An allocation that waits, as seen from another thread.
struct Halt {
  std::binary_semaphore reached{0};
  std::binary_semaphore go_on{0};
};

/// Until the destructor, the allocation of this thread of `least` bytes or more that follows
/// `count` others of that size waits, once.
class HaltOnce {
 public:
  HaltOnce(Halt& halt, std::uint64_t count, std::size_t least);
  ~HaltOnce();
  HaltOnce(const HaltOnce&) = delete;
  HaltOnce& operator=(const HaltOnce&) = delete;
  /// Whether an allocation waited.
  [[nodiscard]] bool happened() const;
};

/// Until the destructor no allocation of this thread fails: for the test's own memory.
class Spared {
 public:
  Spared();
  ~Spared();
  Spared(const Spared&) = delete;
  Spared& operator=(const Spared&) = delete;
};

}  // namespace exhaustion
