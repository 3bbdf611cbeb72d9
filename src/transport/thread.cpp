#include "transport/thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace audio_stream::transport {
namespace {

// Set if the thread is scheduled in real time. An ordinary thread would lose its whole time slice
// by yielding.
thread_local bool in_real_time = false;

// The nice value that the thread inherited from the switch. A FreeSWITCH that goes into the
// background (-nc, -ncwait) has 19, because it forks for that with its function for helpers; so has
// one with -lp.
thread_local int nice_of_switch = 0;

/// Sets the calling thread's nice value. On Linux it belongs to one thread.
bool set_nice(int value) noexcept {
  if (in_real_time) return false;
  return ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), std::clamp(value, -20, 19)) ==
         0;
}

bool is_in_real_time() noexcept {
  const int policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;  // of this thread
  return policy == SCHED_FIFO || policy == SCHED_RR;
}

}  // namespace

std::thread start_thread(const std::string& name, std::function<void()> body) {
  sigset_t all;
  sigset_t former;
  ::sigfillset(&all);
  // A thread inherits the signal mask of its creator.
  ::pthread_sigmask(SIG_SETMASK, &all, &former);
  std::thread thread;
  try {
    // The thread names itself, so its body never runs under its creator's name.
    thread = std::thread{[name = name.substr(0, 15), body = std::move(body)] {
      ::pthread_setname_np(::pthread_self(), name.c_str());
      in_real_time = is_in_real_time();
      nice_of_switch = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
      body();
    }};
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
  return thread;
}

void lower_priority() noexcept {
  set_nice(nice_of_switch + 10);
}

bool raise_priority() noexcept {
  return set_nice(std::min(nice_of_switch, 0) - 10);
}

void reset_priority() noexcept {
  set_nice(nice_of_switch);
}

std::chrono::nanoseconds processor_time() noexcept {
  ::timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

void yield_to_media_threads() noexcept {
  if (in_real_time) ::sched_yield();
}

}  // namespace audio_stream::transport
