#include "rwlock.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "memory_pool.hpp"
#include "violation.hpp"

bool fspr_thread_rwlock_t::read_lock() {
  std::unique_lock lock(mutex_);
  if (is_mine()) return false;
  changed_.wait(lock, [this] { return !writer_; });
  ++readers_;
  return true;
}

bool fspr_thread_rwlock_t::try_read_lock() {
  const std::lock_guard lock(mutex_);
  if (writer_) return false;
  ++readers_;
  return true;
}

bool fspr_thread_rwlock_t::write_lock() {
  std::unique_lock lock(mutex_);
  if (is_mine()) return false;
  changed_.wait(lock, [this] { return is_free(); });
  writer_ = std::this_thread::get_id();
  return true;
}

bool fspr_thread_rwlock_t::try_write_lock() {
  const std::lock_guard lock(mutex_);
  if (!is_free()) return false;
  writer_ = std::this_thread::get_id();
  return true;
}

bool fspr_thread_rwlock_t::write_lock_within(std::chrono::seconds patience) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, patience, [this] { return is_free(); })) return false;
  writer_ = std::this_thread::get_id();
  return true;
}

void fspr_thread_rwlock_t::unlock() {
  const std::lock_guard lock(mutex_);
  if (writer_) {
    writer_.reset();
  } else if (readers_ > 0) {
    --readers_;
  } else {
    simulator::violation("a read/write lock is unlocked that nobody holds");
  }
  changed_.notify_all();
}

namespace simulator {
namespace {

struct Held {
  const OwnRwlock* lock;
  bool writing;
};

/// The locks its thread holds, in their order. Of a fixed size: nothing has to be looked up or made
/// first, and a thread takes one of these some times for each packet.
class HeldHere {
 public:
  void add(Held held) {
    if (count_ == held_.size()) violation("a thread holds %zu locks of the core", count_);
    held_.at(count_++) = held;
  }
  /// The last one of this lock.
  void remove(const OwnRwlock& lock) {
    for (std::size_t at = count_; at-- > 0;) {
      if (held_.at(at).lock != &lock) continue;
      std::copy(held_.begin() + at + 1, held_.begin() + count_, held_.begin() + at);
      --count_;
      return;
    }
  }
  [[nodiscard]] const Held* begin() const { return held_.data(); }
  [[nodiscard]] const Held* end() const { return held_.data() + count_; }

 private:
  std::array<Held, 32> held_{};
  std::size_t count_ = 0;
};
constinit thread_local HeldHere held_here;

}  // namespace

OwnRwlock::OwnRwlock(const char* name) : name_(name) {
  pthread_rwlock_init(&lock_, nullptr);
}
OwnRwlock::~OwnRwlock() {
  pthread_rwlock_destroy(&lock_);
}

void OwnRwlock::read_lock(const char* function) {
  for (const Held& held : held_here) {
    if (held.lock == this && held.writing) {
      violation(
          "%s while this thread holds %s for writing (a CLOSE callback at hangup?): the real "
          "core would release the outer lock by accident",
          function, name_);
    }
  }
  pthread_rwlock_rdlock(&lock_);
  held_here.add({this, false});
}

void OwnRwlock::write_lock(const char* function) {
  for (const Held& held : held_here) {
    if (held.lock != this) continue;
    if (held.writing) {
      violation(
          "%s while this thread holds %s for writing (a CLOSE callback at hangup?): the real "
          "core would release the outer lock by accident",
          function, name_);
    }
    violation(
        "%s while this thread holds %s for reading (inside a callback?): the real core "
        "deadlocks",
        function, name_);
  }
  pthread_rwlock_wrlock(&lock_);
  held_here.add({this, true});
}

void OwnRwlock::unlock() {
  held_here.remove(*this);
  pthread_rwlock_unlock(&lock_);
}

}  // namespace simulator

namespace {
switch_status_t status(bool locked) {
  return locked ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}
}  // namespace

switch_status_t switch_thread_rwlock_create(switch_thread_rwlock_t** rwlock,
                                            switch_memory_pool_t* pool) {
  *rwlock = pool->make<fspr_thread_rwlock_t>();
  return SWITCH_STATUS_SUCCESS;
}
switch_status_t switch_thread_rwlock_rdlock(switch_thread_rwlock_t* rwlock) {
  return status(rwlock->read_lock());
}
switch_status_t switch_thread_rwlock_tryrdlock(switch_thread_rwlock_t* rwlock) {
  return status(rwlock->try_read_lock());
}
switch_status_t switch_thread_rwlock_wrlock(switch_thread_rwlock_t* rwlock) {
  return status(rwlock->write_lock());
}
switch_status_t switch_thread_rwlock_trywrlock(switch_thread_rwlock_t* rwlock) {
  return status(rwlock->try_write_lock());
}
switch_status_t switch_thread_rwlock_unlock(switch_thread_rwlock_t* rwlock) {
  rwlock->unlock();
  return SWITCH_STATUS_SUCCESS;
}
