#include "transport/thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <utility>

namespace audio_stream::transport {
namespace {

// An ordinary thread would lose its whole turn.
thread_local bool in_real_time = false;

/// Of this thread alone: on Linux a thread has a nice value of its own.
bool be_nice(int value) noexcept {
  return !in_real_time && ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), value) == 0;
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
  // A thread inherits the mask of the one that makes it.
  ::pthread_sigmask(SIG_SETMASK, &all, &former);
  std::thread thread;
  try {
    // It names itself: its body never runs under its maker's name.
    thread = std::thread{[name = name.substr(0, 15), body = std::move(body)] {
      ::pthread_setname_np(::pthread_self(), name.c_str());
      in_real_time = is_in_real_time();
      body();
    }};
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
  return thread;
}

void go_behind_others() noexcept {
  be_nice(10);
}

bool go_ahead_of_others() noexcept {
  return be_nice(-10);
}

void go_with_others() noexcept {
  be_nice(0);
}

std::chrono::nanoseconds processor_time() noexcept {
  ::timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

void give_way() noexcept {
  if (in_real_time) ::sched_yield();
}

}  // namespace audio_stream::transport
