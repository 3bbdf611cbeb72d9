#include "transport/worker.hpp"

#include <utility>

#include "transport/thread.hpp"

namespace audio_stream::transport {

Worker::Worker() : thread_{start_thread("as-worker", [this] { loop(); })} {}

Worker::~Worker() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Worker::run(std::function<void()> job) {
  {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Worker::loop() {
  std::unique_lock lock{mutex_};
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job();
    } catch (...) {  // no memory, mostly: who asked for the job sees that nothing comes of it
    }
    job = nullptr;  // what it holds dies here, not under the lock
    give_way();
    lock.lock();
  }
}

}  // namespace audio_stream::transport
