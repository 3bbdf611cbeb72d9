#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace audio_stream::transport {

/// A few threads for one kind of work that may block or take long, and so must happen neither on a
/// media thread nor on an I/O thread. See Workers for the kinds there are.
///
/// Jobs of one lane run one after the other, in their order. A lane is named after what its jobs
/// may wait for (a file, a call), so a thing that hangs holds one thread and not all of them.
class Worker {
 public:
  using Job = std::function<void()>;
  enum class Priority : std::uint8_t { normal, low };

  /// `name` is the threads' name; they are numbered if there are several. With low priority they
  /// run behind all other threads, for work that takes a processor for long.
  explicit Worker(std::string name = "as-worker", unsigned threads = 1,
                  Priority priority = Priority::normal);
  /// Runs what is queued, then joins: waits for ever if a job hangs. idle_by() says whether it may.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Any thread but a media thread. False, and the job is dropped, if kMostJobs wait already. A job
  /// that throws ends there, and nobody is told.
  bool run(std::string lane, Job job);
  /// The same, in a lane of its own.
  bool run(Job job);

  /// Waits until no job is queued or runs. False if that is not so by `until`.
  [[nodiscard]] bool idle_by(std::chrono::steady_clock::time_point until);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// More than live streams have. Only a disk that answers nothing for long can queue so many.
  static constexpr std::size_t kMostJobs = 16384;

 private:
  using Key = std::pair<std::string, std::uint64_t>;  // a name, or a number of its own
  using Lanes = std::map<Key, std::deque<Job>>;
  using Ready = std::list<Lanes::iterator>;

  bool add(Key key, Job job);
  void loop();
  void end();

  const std::string name_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  Lanes lanes_;                 // with a job queued or running; guarded by mutex_
  Ready ready_;                 // those with a job queued and none running; guarded by mutex_
  std::size_t queued_ = 0;      // guarded by mutex_
  std::uint64_t numbered_ = 0;  // guarded by mutex_
  bool stopping_ = false;       // guarded by mutex_
  std::vector<std::thread> threads_;
};

/// The module's workers: a kind of work that hangs holds up no other kind.
struct Workers {
  /// Takes taps off calls, which waits for a call's media bug lock. A lane is a call.
  Worker locks{"as-switch", 4};
  /// Reads the files that settings name, writes and deletes audio files. A lane is a file, or all
  /// audio files.
  Worker disk{"as-disk", 4};
  /// Decodes large messages of servers: pure computation, for which no frame shall wait.
  Worker decode{"as-decode", 1, Worker::Priority::low};

  /// The name of one that still has a job at `until`; empty if there is none.
  [[nodiscard]] std::string busy_at(std::chrono::steady_clock::time_point until);
};

}  // namespace audio_stream::transport
