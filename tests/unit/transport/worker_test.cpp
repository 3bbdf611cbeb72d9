#include "transport/worker.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "one_processor.hpp"

namespace audio_stream::transport {
namespace {

TEST(Worker, RunsJobsOneAfterTheOtherInTheirOrderOnAThreadOfItsOwn) {
  std::vector<int> order;
  std::thread::id worker_thread;
  std::promise<void> done;
  Worker worker;
  for (int i = 0; i < 100; ++i) {
    worker.run([&order, i] { order.push_back(i); });
  }
  worker.run([&] {
    worker_thread = std::this_thread::get_id();
    done.set_value();
  });
  done.get_future().wait();
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_NE(worker_thread, std::this_thread::get_id());
}

TEST(Worker, RunsWhatIsQueuedBeforeItEnds) {
  std::promise<void> gate;
  int ran = 0;
  {
    Worker worker;
    worker.run([opened = gate.get_future().share()] { opened.wait(); });
    for (int i = 0; i < 10; ++i) worker.run([&ran] { ++ran; });
    gate.set_value();
  }
  EXPECT_EQ(ran, 10);
}

// As media threads are in a switch that has itself scheduled in real time.
TEST(Worker, BetweenTwoJobsARealTimeThreadGoesFirst) {
  in_a_real_time_switch([] {
    constexpr int kJobs = 100;
    PiecesOfWork work;
    Worker worker;  // at its end it runs what is left
    for (int i = 0; i < kJobs; ++i) worker.run([&work] { work.do_one(); });
    EXPECT_LT(work.done_before_us(), kJobs);
  });
}

TEST(Worker, AJobMayAddAnother) {
  std::promise<void> done;
  Worker worker;
  worker.run([&] { worker.run([&done] { done.set_value(); }); });
  done.get_future().wait();
}

TEST(Worker, WhatAJobHoldsIsGoneBeforeTheNextOneRuns) {
  std::promise<bool> gone;
  Worker worker;
  auto held = std::make_shared<int>(1);
  const std::weak_ptr weak{held};
  worker.run([&gone, &worker, weak, kept = std::move(held)] {
    worker.run([&gone, weak] { gone.set_value(weak.expired()); });
  });
  EXPECT_TRUE(gone.get_future().get());
}

}  // namespace
}  // namespace audio_stream::transport
