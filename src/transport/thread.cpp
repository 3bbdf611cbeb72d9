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
    thread = std::thread{std::move(body)};
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
  ::pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
  return thread;
}

}  // namespace audio_stream::transport
