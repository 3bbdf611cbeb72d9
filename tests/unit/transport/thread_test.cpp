#include "transport/thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <array>
#include <string>
#include <thread>

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

// As FreeSWITCH does by itself where it may: all its threads are of SCHED_FIFO then.
TEST(Thread, IsAnOrdinaryOneWhereTheSwitchRunsInRealTime) {
  for (const int policy : {SCHED_FIFO, SCHED_RR}) {
    bool may = false;
    int own = -1;
    int makers = -1;
    std::thread maker{[&] {
      const sched_param lowest{::sched_get_priority_min(policy)};
      may = ::sched_setscheduler(0, policy, &lowest) == 0;
      if (!may) return;
      start_thread("as-test", [&own] { own = ::sched_getscheduler(0); }).join();
      makers = ::sched_getscheduler(0);
    }};
    maker.join();
    if (!may) GTEST_SKIP() << "needs the right to schedule in real time";
    EXPECT_EQ(own, SCHED_OTHER);
    EXPECT_EQ(makers, policy);
  }
}

}  // namespace
}  // namespace audio_stream::transport
