#include "transport/priority.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include <boost/asio/post.hpp>

#include "transport/io_thread.hpp"
#include "transport/thread.hpp"

namespace audio_stream::transport {
namespace {

using std::chrono::milliseconds;
using Clock = Priority::Clock;

class PriorityRule : public testing::Test {
 protected:
  /// Lets `time` pass, of which the thread used `percent` percent.
  std::optional<bool> works(int percent, milliseconds time) {
    EXPECT_FALSE(priority_.is_due(now_ + time - milliseconds{1}));
    now_ += time;
    used_ += std::chrono::nanoseconds{time} * percent / 100;
    EXPECT_TRUE(priority_.is_due(now_));
    return priority_.change(now_, used_);
  }

  Clock::time_point now_ = Clock::time_point{} + std::chrono::hours{1};
  std::chrono::nanoseconds used_{std::chrono::seconds{5}};
  Priority priority_{now_, used_};
};

TEST_F(PriorityRule, AThreadWithLittleWorkKeepsItsPriority) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(works(i % 60, Priority::kAhead), std::nullopt);
}

TEST_F(PriorityRule, AThreadWithoutPausesLosesItsPriorityUntilItPauses) {
  EXPECT_EQ(works(61, Priority::kAhead), false);
  EXPECT_EQ(works(100, Priority::kWithOthers), std::nullopt);
  EXPECT_EQ(works(50, Priority::kWithOthers), std::nullopt);
  EXPECT_EQ(works(40, Priority::kWithOthers), true);
  EXPECT_EQ(works(50, Priority::kAhead), std::nullopt);
}

/// The nice value of an I/O thread, read by itself.
int nice_of(IoThread& io) {
  std::promise<int> told;
  boost::asio::post(io.context(), [&told] {
    errno = 0;
    told.set_value(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())));
  });
  return told.get_future().get();
}

/// The calling thread's nice value, which the threads that it starts inherit.
int own_nice() {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

bool may_go_ahead() {
  bool may = false;
  start_thread("as-test", [&may] { may = raise_priority(); }).join();
  return may;
}

TEST(IoThreadPriority, IsRaisedIfAllowed) {
  if (!may_go_ahead()) GTEST_SKIP() << "needs the right to lower the nice value";
  const int own = own_nice();
  IoThread io{"io"};
  EXPECT_EQ(nice_of(io), -10);
  EXPECT_EQ(own_nice(), own) << "no other thread";
}

// FreeSWITCH in the background, or with -lp, has nice 19.
TEST(IoThreadPriority, GoesBackToThatOfTheSwitch) {
  if (!may_go_ahead()) GTEST_SKIP() << "needs the right to lower the nice value";
  std::thread{[] {
    ASSERT_EQ(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 15), 0);
    start_thread("as-test", [] {
      EXPECT_TRUE(raise_priority());
      EXPECT_EQ(own_nice(), -10) << "ahead of a switch in the background, and of others";
      reset_priority();
      EXPECT_EQ(own_nice(), 15);
      lower_priority();
      EXPECT_EQ(own_nice(), 19);
    }).join();
  }}.join();
}

TEST(IoThreadPriority, IsNormalWhileTheThreadDoesNotPause) {
  if (!may_go_ahead()) GTEST_SKIP() << "needs the right to lower the nice value";
  IoThread io{"io"};
  const auto until = Clock::now() + std::chrono::seconds{20};
  const auto works_for = [](milliseconds time) {
    const auto begun = processor_time();
    while (processor_time() - begun < time) {
    }
  };
  const int own = own_nice();
  int nice = -10;
  while (nice != own && Clock::now() < until) {
    boost::asio::post(io.context(), [&] { works_for(milliseconds{30}); });
    nice = nice_of(io);
  }
  EXPECT_EQ(nice, own);
  while (nice == own && Clock::now() < until) {
    std::this_thread::sleep_for(milliseconds{20});  // idle meanwhile
    nice = nice_of(io);
  }
  EXPECT_EQ(nice, -10);
}

}  // namespace
}  // namespace audio_stream::transport
