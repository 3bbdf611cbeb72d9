#pragma once

#include <cstddef>
#include <cstdint>
#include <semaphore>

/// operator new of this program, which fails or waits when it is told to.
namespace exhaustion {

/// From now on every `nth` allocation of kLeast bytes or more on the module's own threads fails; 0:
/// none. Smaller ones never do: nlohmann-json allocates in its destructors, which nobody can
/// outlive, and a Linux that has no such piece left has killed somebody before.
void fail_every(std::uint64_t nth);
inline constexpr std::size_t kLeast = 512;
/// How many have failed so far.
std::uint64_t failed();

/// While it lives, the allocation of this thread of `least` bytes or more that comes after `count`
/// others of that size fails, once.
class FailOnce {
 public:
  explicit FailOnce(std::uint64_t count, std::size_t least = 0);
  ~FailOnce();
  FailOnce(const FailOnce&) = delete;
  FailOnce& operator=(const FailOnce&) = delete;
  /// Whether it came to that.
  [[nodiscard]] bool happened() const;
};

/// An allocation that waits, seen from another thread.
struct Halt {
  std::binary_semaphore reached{0};
  std::binary_semaphore go_on{0};
};

/// While it lives, the allocation of this thread of `least` bytes or more that comes after `count`
/// others of that size waits, once.
class HaltOnce {
 public:
  HaltOnce(Halt& halt, std::uint64_t count, std::size_t least);
  ~HaltOnce();
  HaltOnce(const HaltOnce&) = delete;
  HaltOnce& operator=(const HaltOnce&) = delete;
  /// Whether it came to that.
  [[nodiscard]] bool happened() const;
};

/// While it lives nothing fails on this thread: for what belongs to the test.
class Spared {
 public:
  Spared();
  ~Spared();
  Spared(const Spared&) = delete;
  Spared& operator=(const Spared&) = delete;
};

}  // namespace exhaustion
