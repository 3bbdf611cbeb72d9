#include "transport/thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <utility>

namespace audio_stream::transport {
namespace {

/// A real-time thread that has much to do keeps others of its priority waiting until it is done.
void give_up_real_time() noexcept {
  const int policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
  if (policy != SCHED_FIFO && policy != SCHED_RR) return;
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_OTHER, &none);  // of this thread
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
      give_up_real_time();
      body();
    }};
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
  return thread;
}

}  // namespace audio_stream::transport
