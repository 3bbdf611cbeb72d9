#include "transport/worker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "one_processor.hpp"

namespace audio_stream::transport {
namespace {

constexpr std::chrono::seconds kWorkerPatience{20};

TEST(Worker, RunsJobsInOrderOnItsOwnThread) {
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

TEST(Worker, RunsQueuedJobsBeforeItEnds) {
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

TEST(Worker, AHangingJobDelaysOnlyItsLane) {
  std::promise<void> gate;
  std::promise<void> other;
  std::atomic<int> ran{0};
  Worker worker{"as-test", 2};
  worker.run("hangs", [opened = gate.get_future().share()] { opened.wait(); });
  for (int i = 0; i < 10; ++i) worker.run("hangs", [&ran] { ++ran; });
  worker.run("other", [&other] { other.set_value(); });
  EXPECT_EQ(other.get_future().wait_for(kWorkerPatience), std::future_status::ready);
  EXPECT_EQ(ran, 0);
  gate.set_value();
  EXPECT_TRUE(worker.idle_by(std::chrono::steady_clock::now() + kWorkerPatience));
  EXPECT_EQ(ran, 10);
}

TEST(Worker, JobsOfALaneKeepTheirOrderOnSeveralThreads) {
  std::vector<int> order;  // needs no lock: jobs of a lane never overlap
  Worker worker{"as-test", 4};
  for (int i = 0; i < 1000; ++i) worker.run("lane", [&order, i] { order.push_back(i); });
  ASSERT_TRUE(worker.idle_by(std::chrono::steady_clock::now() + kWorkerPatience));
  ASSERT_EQ(order.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Worker, DropsAJobOnceTooManyWait) {
  std::promise<void> gate;
  std::promise<void> begun;
  std::atomic<std::size_t> ran{0};
  const auto held = std::make_shared<int>(0);
  Worker worker;
  worker.run([&begun, opened = gate.get_future().share()] {
    begun.set_value();
    opened.wait();
  });
  begun.get_future().wait();
  for (std::size_t i = 0; i < Worker::kMostJobs; ++i) {
    ASSERT_TRUE(worker.run("lane", [&ran] { ++ran; }));
  }
  EXPECT_FALSE(worker.run("lane", [&ran, held] { ++ran; }));
  EXPECT_FALSE(worker.run([&ran, held] { ++ran; }));
  EXPECT_EQ(held.use_count(), 1);
  gate.set_value();
  ASSERT_TRUE(worker.idle_by(std::chrono::steady_clock::now() + kWorkerPatience));
  EXPECT_EQ(ran, Worker::kMostJobs);
  EXPECT_TRUE(worker.run([] {}));
}

TEST(Workers, AHangingOneIsNamedAndDelaysNoOther) {
  std::promise<void> gate;
  std::promise<void> other;
  Workers workers;
  EXPECT_EQ(workers.busy_at(std::chrono::steady_clock::now() + kWorkerPatience), "");
  workers.disk.run("dead mount", [opened = gate.get_future().share()] { opened.wait(); });
  EXPECT_EQ(workers.busy_at(std::chrono::steady_clock::now()), "as-disk");
  workers.decode.run([&] { workers.locks.run([&other] { other.set_value(); }); });
  EXPECT_EQ(other.get_future().wait_for(kWorkerPatience), std::future_status::ready);
  gate.set_value();
  EXPECT_EQ(workers.busy_at(std::chrono::steady_clock::now() + kWorkerPatience), "");
}

// As media threads in a switch with real-time scheduling.
TEST(Worker, BetweenTwoJobsARealTimeThreadGoesFirst) {
  in_a_real_time_switch([] {
    constexpr int kJobs = 100;
    PiecesOfWork work;
    Worker worker;  // runs the remaining jobs in its destructor
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

TEST(Worker, AJobIsDestroyedBeforeTheNextOneRuns) {
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
