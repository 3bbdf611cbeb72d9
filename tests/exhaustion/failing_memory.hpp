#pragma once

#include <cstddef>
#include <cstdint>

/// operator new of this program, which fails when it is told to.
namespace exhaustion {

/// From now on every `nth` allocation of kLeast bytes or more on the module's own threads fails; 0:
/// none. Smaller ones never do: nlohmann-json allocates in its destructors, which nobody can
/// outlive, and a Linux that has no such piece left has killed somebody before.
void fail_every(std::uint64_t nth);
inline constexpr std::size_t kLeast = 512;
/// How many have failed so far.
std::uint64_t failed();

/// While it lives, the allocation of this thread that comes after `count` others fails, once.
class FailOnce {
 public:
  explicit FailOnce(std::uint64_t count);
  ~FailOnce();
  FailOnce(const FailOnce&) = delete;
  FailOnce& operator=(const FailOnce&) = delete;
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
