#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace audio_stream::transport {

/// One thread for what may block for a while (files, certificates, the switch's own locks) and so
/// must happen neither on a media thread nor on an I/O thread.
class Worker {
 public:
  Worker();
  /// Runs what is queued, then joins.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Any thread but a media thread. Jobs run one after the other, in this order. One that
  /// throws ends there, and nobody is told.
  void run(std::function<void()> job);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
  std::thread thread_;
};

}  // namespace audio_stream::transport
