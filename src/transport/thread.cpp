#include "transport/thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace audio_stream::transport {

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
