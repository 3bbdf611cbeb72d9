#include "transport/worker.hpp"

#include <utility>

#include "transport/thread.hpp"

namespace audio_stream::transport {

Worker::Worker(std::string name, unsigned threads, Priority priority) : name_{std::move(name)} {
  threads_.reserve(threads);
  try {
    for (unsigned i = 0; i < threads; ++i) {
      threads_.push_back(
          start_thread(threads == 1 ? name_ : name_ + "/" + std::to_string(i), [this, priority] {
            if (priority == Priority::low) lower_priority();
            loop();
          }));
    }
  } catch (...) {  // the system has no thread left
    end();
    throw;
  }
}

Worker::~Worker() {
  end();
}

void Worker::end() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Worker::run(std::string lane, Job job) {
  return add({std::move(lane), 0}, std::move(job));
}

bool Worker::run(Job job) {
  return add({}, std::move(job));
}

bool Worker::add(Key key, Job job) {
  {
    const std::lock_guard lock{mutex_};
    if (queued_ >= kMostJobs) return false;
    if (key.first.empty()) key.second = ++numbered_;
    const auto [lane, is_new] = lanes_.try_emplace(std::move(key));
    try {
      if (is_new) ready_.push_back(lane);
      lane->second.push_back(std::move(job));
    } catch (...) {  // no memory
      if (is_new) {
        ready_.remove(lane);
        lanes_.erase(lane);
      }
      throw;
    }
    ++queued_;
  }
  wake_.notify_one();
  return true;
}

bool Worker::idle_by(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock{mutex_};
  return idle_.wait_until(lock, until, [this] { return lanes_.empty(); });
}

void Worker::loop() {
  std::unique_lock lock{mutex_};
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
    // A lane that is running is finished by the thread that runs it.
    if (ready_.empty()) return;
    Ready mine;  // moves a node, so nothing allocates
    mine.splice(mine.begin(), ready_, ready_.begin());
    const auto lane = mine.front();
    Job job = std::move(lane->second.front());
    lane->second.pop_front();
    --queued_;
    lock.unlock();
    try {
      job();
    } catch (...) {  // mostly no memory: the requester notices that no result comes
    }
    job = nullptr;  // destroys the job's objects here, not under the lock
    yield_to_media_threads();
    lock.lock();
    if (!lane->second.empty()) {
      ready_.splice(ready_.end(), mine);
    } else {
      lanes_.erase(lane);
      if (lanes_.empty()) idle_.notify_all();
    }
  }
}

std::string Workers::busy_at(std::chrono::steady_clock::time_point until) {
  for (Worker* each : {&locks, &disk, &decode}) {
    if (!each->idle_by(until)) return each->name();
  }
  return {};
}

}  // namespace audio_stream::transport
