#include "transport/thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <string>

namespace audio_stream::transport {
namespace {

bool blocked(int signal) {
  sigset_t now;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
  return sigismember(&now, signal) == 1;
}

TEST(Thread, CarriesItsName) {
  std::string name;
  start_thread("as-something-too-long", [&name] {
    std::array<char, 32> text{};
    ::pthread_getname_np(::pthread_self(), text.data(), text.size());
    name = text.data();
  }).join();
  EXPECT_EQ(name, "as-something-to");
}

TEST(Thread, LeavesTheSignalsToTheSwitch) {
  bool all = true;
  start_thread("as-test", [&all] {
    for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGPIPE, SIGCHLD}) {
      all = all && blocked(signal);
    }
  }).join();
  EXPECT_TRUE(all);
  EXPECT_FALSE(blocked(SIGTERM)) << "the maker's own mask has changed";
}

}  // namespace
}  // namespace audio_stream::transport
