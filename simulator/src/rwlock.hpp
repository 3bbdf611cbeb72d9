// Read/write locks that behave as the real core's, which are plain pthread ones.
#pragma once

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "switch.h"

// The type behind switch_thread_rwlock_t: readers go first, a second lock by the writer fails. Made
// of a mutex and a condition because a read lock may be given back by another thread, which POSIX
// leaves undefined for pthread_rwlock_t and ThreadSanitizer does not stand.
struct fspr_thread_rwlock_t {
 public:
  bool read_lock();
  bool try_read_lock();
  bool write_lock();
  bool try_write_lock();
  bool write_lock_within(std::chrono::seconds patience);
  void unlock();

 private:
  [[nodiscard]] bool is_mine() const { return writer_ == std::this_thread::get_id(); }
  [[nodiscard]] bool is_free() const { return readers_ == 0 && !writer_; }
  std::mutex mutex_;
  std::condition_variable changed_;
  int readers_ = 0;
  std::optional<std::thread::id> writer_;
};

namespace simulator {

using Rwlock = fspr_thread_rwlock_t;

/// A lock of the core's own, taken and released by the same thread. It knows what its thread holds
/// and aborts where the real one would deadlock, or lose the outer lock (a second lock by the
/// writer fails with EDEADLK, which the real core ignores, and its unlock then frees the first).
class OwnRwlock {
 public:
  explicit OwnRwlock(const char* name);
  ~OwnRwlock();
  OwnRwlock(const OwnRwlock&) = delete;
  OwnRwlock& operator=(const OwnRwlock&) = delete;
  void read_lock(const char* function);
  void write_lock(const char* function);
  void unlock();

 private:
  const char* name_;
  pthread_rwlock_t lock_{};  // lets ThreadSanitizer see that two readers are not ordered
};

class ReadGuard {
 public:
  ReadGuard(OwnRwlock& lock, const char* function) : lock_(lock) { lock_.read_lock(function); }
  ~ReadGuard() { lock_.unlock(); }
  ReadGuard(const ReadGuard&) = delete;
  ReadGuard& operator=(const ReadGuard&) = delete;

 private:
  OwnRwlock& lock_;
};

class WriteGuard {
 public:
  WriteGuard(OwnRwlock& lock, const char* function) : lock_(lock) { lock_.write_lock(function); }
  ~WriteGuard() { lock_.unlock(); }
  WriteGuard(const WriteGuard&) = delete;
  WriteGuard& operator=(const WriteGuard&) = delete;

 private:
  OwnRwlock& lock_;
};

}  // namespace simulator
