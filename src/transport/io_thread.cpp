#include "transport/io_thread.hpp"

#include <poll.h>
#include <time.h>

#include <optional>
#include <utility>

#include "base/event_fd.hpp"
#include "transport/thread.hpp"

namespace audio_stream::transport {
namespace {

// After this many handlers, or this much time, the hooks are served again.
constexpr std::size_t kHandlersAtATime = 64;
constexpr std::chrono::milliseconds kHandlersTime{1};

// After this many hooks, about half a millisecond, other real-time threads may run.
constexpr std::size_t kHooksAtATime = 32;

// Periodic hooks that run in one turn; each takes some microseconds.
constexpr std::size_t kWatchedAtATime = 64;

// The delay before a retry after an allocation failed.
constexpr std::chrono::milliseconds kRecoveryDelay{10};

/// Travels with a handler and clears `alive` when the handler is destroyed, whether it ran or was
/// dropped. Asio drops a handler if it lacks the memory to run it.
class Alive {
 public:
  explicit Alive(bool& alive) : alive_{&alive} { alive = true; }
  Alive(Alive&& other) noexcept : alive_{std::exchange(other.alive_, nullptr)} {}
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  Alive& operator=(Alive&&) = delete;
  ~Alive() { end(); }
  void end() noexcept {
    if (bool* alive = std::exchange(alive_, nullptr)) *alive = false;
  }

 private:
  bool* alive_;
};

}  // namespace

IoThread::IoThread(const std::string& name)
    : wake_fd_{context_, base::make_event_fd().release()}, period_{context_} {
  watch_wake_fd();
  thread_ = start_thread(name, [this] { loop(); });
}

IoThread::~IoThread() {
  stop();
}

void IoThread::stop() noexcept {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  wake();  // so that the loop sees stopping_
  thread_.join();
}

void IoThread::watch_wake_fd() {
  wake_fd_.async_wait(
      boost::asio::posix::stream_descriptor::wait_read,
      [this, alive = Alive{watching_wake_fd_}](const boost::system::error_code& error) mutable {
        alive.end();
        if (error) return;
        base::clear_event_fd(wake_fd_.native_handle());
        watch_wake_fd();
      });
}

void IoThread::watch(PeriodicHook& hook) noexcept {
  if (hook.before_ != nullptr || watched_ == &hook) return;
  hook.after_ = watched_;
  if (watched_ != nullptr) watched_->before_ = &hook;
  watched_ = &hook;
  if (!period_runs_) recover();
}

void IoThread::unwatch(PeriodicHook& hook) noexcept {
  if (hook.before_ == nullptr && watched_ != &hook) return;
  if (next_watched_ == &hook) next_watched_ = hook.after_;
  if (hook.after_ != nullptr) hook.after_->before_ = hook.before_;
  (hook.before_ == nullptr ? watched_ : hook.before_->after_) = hook.after_;
  hook.before_ = nullptr;
  hook.after_ = nullptr;
}

void IoThread::arm_period() {
  period_.expires_after(kPeriod);
  period_.async_wait(
      [this, alive = Alive{period_runs_}](const boost::system::error_code& cancelled) mutable {
        alive.end();
        if (cancelled || watched_ == nullptr) return;
        // Unless the last round is still running.
        if (next_watched_ == nullptr) next_watched_ = watched_;
        arm_period();
      });
}

/// Thousands of streams take several milliseconds, and frames must not wait for that. So each turn
/// runs only some hooks.
void IoThread::run_periodic_hooks() {
  for (std::size_t count = 0; count < kWatchedAtATime && next_watched_ != nullptr; ++count) {
    PeriodicHook& hook = *std::exchange(next_watched_, next_watched_->after_);
    hook.on_period();
  }
}

void IoThread::notify(ReadyHook& hook) noexcept {
  push(hook);
  // Sequentially consistent with sleep(): either sleep() sees the hook, or this thread sees that
  // the I/O thread sleeps.
  if (asleep_.load(std::memory_order_seq_cst) &&
      asleep_.exchange(false, std::memory_order_seq_cst)) {
    wake();
  }
}

void IoThread::call(ReadyHook& hook) noexcept {
  push(hook);
  called_.store(true, std::memory_order_seq_cst);
  wake();
}

void IoThread::push(ReadyHook& hook) noexcept {
  if (hook.queued_.exchange(true, std::memory_order_acq_rel)) return;
  ReadyHook* first = ready_.load(std::memory_order_relaxed);
  do {
    hook.next_.store(first, std::memory_order_relaxed);
  } while (!ready_.compare_exchange_weak(first, &hook, std::memory_order_seq_cst,
                                         std::memory_order_relaxed));
}

void IoThread::wake() noexcept {
  base::signal_event_fd(wake_fd_.native_handle());
  wakeups_.fetch_add(1, std::memory_order_relaxed);
}

std::size_t IoThread::serve_ready() {
  ReadyHook* hook = ready_.exchange(nullptr, std::memory_order_acquire);
  std::size_t served = 0;
  ReadyHook* oldest = nullptr;  // reverses the list, which is last in, first out
  while (hook != nullptr) {
    ReadyHook* next = hook->next_.load(std::memory_order_relaxed);
    hook->next_.store(oldest, std::memory_order_relaxed);
    oldest = hook;
    hook = next;
  }
  while (oldest != nullptr) {
    ReadyHook* next = oldest->next_.load(std::memory_order_relaxed);
    // From here on the hook may be queued again, or on_ready() may destroy it.
    oldest->queued_.store(false, std::memory_order_seq_cst);
    oldest->on_ready();
    oldest = next;
    if (++served % kHooksAtATime == 0) yield_to_media_threads();
  }
  return served;
}

void IoThread::loop() {
  if (raise_priority()) priority_.emplace(Clock::now(), processor_time());
  while (!stopping_.load()) {
    try {
      turn();
    } catch (...) {
      asleep_.store(false, std::memory_order_seq_cst);
    }
    if (!is_healthy()) recover();
  }
}

void IoThread::update_priority(Clock::time_point now) noexcept {
  if (!priority_ || !priority_->is_due(now)) return;
  const auto ahead = priority_->change(now, processor_time());
  if (!ahead) return;
  if (!*ahead) {
    reset_priority();
  } else if (!raise_priority()) {
    priority_.reset();  // the process lost the right to raise priorities
  }
}

/// True if the wait for the wake descriptor and the periodic timer are armed.
bool IoThread::is_healthy() const noexcept {
  return watching_wake_fd_ && (period_runs_ || watched_ == nullptr);
}

void IoThread::turn() {
  called_.store(false, std::memory_order_seq_cst);
  const auto begun = Clock::now();
  update_priority(begun);
  const std::size_t served = serve_ready();
  const Handled handled = run_handlers();
  run_periodic_hooks();
  connect_limiter_.admit_waiting(Clock::now());
  batching_.on_served(served, begun);
  if (!is_healthy()) {  // unarmed, it might sleep for ever
    if (handled == Handled::none && served == 0) std::this_thread::sleep_for(kRecoveryDelay);
    return;
  }
  if (handled == Handled::some_are_left || next_watched_ != nullptr) {
    yield_to_media_threads();
    return;
  }
  if (batching_.active()) {
    wait_for_batch();
  } else if (handled == Handled::none && served == 0) {
    sleep();
  }
}

/// Not poll(), which continues as long as handlers are ready: a server that floods us, a machine
/// that is too slow, or hundreds of TLS handshakes would starve the hooks.
IoThread::Handled IoThread::run_handlers() {
  const auto begun = Clock::now();
  for (std::size_t ran = 0; ran < kHandlersAtATime; ++ran) {
    if (context_.poll_one() == 0) return ran == 0 ? Handled::none : Handled::all;
    if (Clock::now() - begun >= kHandlersTime) break;
  }
  return Handled::some_are_left;
}

/// Meanwhile notify() does not wake the thread, because the thread checks soon anyway. Sockets do
/// not wake it either, because a wake-up costs more than handling a message. They do wake it while
/// a connection is being made.
void IoThread::wait_for_batch() {
  const auto until = batching_.next_check();
  if (!connect_limiter_.has_active()) {
    wait_for_wake(until);
    return;
  }
  while (Clock::now() < until && !stopping_.load() && !called_.load()) {
    const bool waiting = connect_limiter_.has_waiting();
    const auto ran =
        context_.run_one_until(waiting ? std::min(until, connect_limiter_.due()) : until);
    connect_limiter_.admit_waiting(Clock::now());
    if (ran == 0 && !waiting) break;
    yield_to_media_threads();
  }
}

/// Sleeps until wake() is called, or a socket or a timer is ready.
void IoThread::sleep() {
  asleep_.store(true, std::memory_order_seq_cst);
  if (ready_.load(std::memory_order_seq_cst) == nullptr) {
    if (connect_limiter_.has_waiting()) {
      context_.run_one_until(connect_limiter_.due());
    } else {
      context_.run_one();
    }
  }
  asleep_.store(false, std::memory_order_seq_cst);
}

/// Leaves the wake descriptor readable: a handler of the context reads it later.
void IoThread::wait_for_wake(Clock::time_point until) noexcept {
  const auto time = until - Clock::now();
  if (time.count() <= 0) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const ::timespec timeout{seconds.count(), std::chrono::nanoseconds{time - seconds}.count()};
  ::pollfd poll_wake{wake_fd_.native_handle(), POLLIN, 0};
  ::ppoll(&poll_wake, 1, &timeout, nullptr);
}

/// Restarts what an exception ended.
void IoThread::recover() noexcept {
  try {
    context_.restart();  // it has stopped if no operation was pending
    if (!watching_wake_fd_) watch_wake_fd();
    if (!period_runs_ && watched_ != nullptr) arm_period();
  } catch (...) {  // the next turn tries again
  }
}

}  // namespace audio_stream::transport
