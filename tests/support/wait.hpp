#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace test {

/// How long a test waits for something that should happen at once: enough for a machine under load.
inline constexpr std::chrono::milliseconds default_timeout{10'000};

/// A value shared by threads. A thread can wait for its changes.
template <class Value>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(Value value) : value_{std::move(value)} {}

  /// Runs `change(value)` under the lock, then wakes all waiting threads.
  template <class Change>
  auto change(Change&& change) {
    const std::lock_guard lock{mutex_};
    changed_.notify_all();  // they run once the lock is released
    return std::forward<Change>(change)(value_);
  }

  template <class Read>
  auto read(Read&& read) const {
    const std::lock_guard lock{mutex_};
    return std::forward<Read>(read)(value_);
  }

  [[nodiscard]] Value copy() const {
    const std::lock_guard lock{mutex_};
    return value_;
  }

  /// Waits until `condition(value)` holds. It runs under the lock and may change the value. False:
  /// timeout.
  template <class Condition>
  [[nodiscard]] bool wait(Condition&& condition,
                          std::chrono::milliseconds timeout = default_timeout) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, timeout, [&] { return condition(value_); });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Value value_{};
};

/// Polls until `condition()` holds. Only for conditions without a notification, such as the number
/// of this process's descriptors; use Guarded otherwise. False: timeout.
template <class Condition>
[[nodiscard]] bool eventually(Condition&& condition,
                              std::chrono::milliseconds timeout = default_timeout,
                              std::chrono::milliseconds interval = std::chrono::milliseconds{5}) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(interval);
  }
  return true;
}

}  // namespace test
