#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <future>
#include <thread>

namespace audio_stream::transport {

/// Restricts the calling thread, and threads it makes, to the first processor that it may use.
inline void stay_on_one_processor() {
  cpu_set_t given{};
  ASSERT_EQ(::sched_getaffinity(0, sizeof given, &given), 0);
  unsigned first = 0;
  while (!CPU_ISSET(first, &given)) ++first;
  cpu_set_t only{};
  CPU_SET(first, &only);
  ASSERT_EQ(::sched_setaffinity(0, sizeof only, &only), 0);
}

/// Calls `body` as a thread of a switch with real-time scheduling, which FreeSWITCH uses if it may.
/// Each thread that `body` makes has the same priority and processor, and runs only while `body`
/// waits. If real-time scheduling is not allowed, the test is skipped.
template <class Body>
void in_a_real_time_switch(Body body) {
  bool may = false;
  std::thread maker{[&] {
    stay_on_one_processor();
    const sched_param lowest{::sched_get_priority_min(SCHED_FIFO)};
    may = ::sched_setscheduler(0, SCHED_FIFO, &lowest) == 0;
    if (may) body();
  }};
  maker.join();
  if (!may) GTEST_SKIP() << "needs the right to schedule in real time";
}

/// Work for another thread, in pieces.
class PiecesOfWork {
 public:
  void do_one() {
    if (++done_ == 1) begun_.set_value();
  }
  /// The number of pieces done before the calling thread, which the first piece wakes, ran.
  [[nodiscard]] int done_before_us() {
    begun_.get_future().wait();
    return done_;
  }

 private:
  std::atomic<int> done_{0};
  std::promise<void> begun_;
};

}  // namespace audio_stream::transport
