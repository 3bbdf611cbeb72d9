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

/// Threads for one kind of work that may block or take long, and so must run neither on a media
/// thread nor on an I/O thread. See Workers for the kinds.
///
/// Jobs of one lane run one after the other, in order. A lane is named after the thing that its
/// jobs may wait for (a file, a call), so a thing that hangs blocks one thread and not all of them.
class Worker {
 public:
  using Job = std::function<void()>;
  enum class Priority : std::uint8_t { normal, low };

  /// `name` names the threads; several threads are numbered. Low priority (see
  /// lower_priority()) is for work that uses the processor for long.
  explicit Worker(std::string name = "as-worker", unsigned threads = 1,
                  Priority priority = Priority::normal);
  /// Runs the queued jobs, then joins. Blocks for ever if a job hangs; idle_by() tells beforehand.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Any thread but a media thread. False if kMostJobs are queued already; the job is then dropped.
  /// An exception ends its job and is not reported.
  bool run(std::string lane, Job job);
  /// Runs the job in a lane of its own.
  bool run(Job job);

  /// Waits until no job is queued or running. False if one still is at `until`.
  [[nodiscard]] bool idle_by(std::chrono::steady_clock::time_point until);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// More than live streams need. Only a disk that does not answer for long queues this many.
  static constexpr std::size_t kMostJobs = 16384;

 private:
  using Key = std::pair<std::string, std::uint64_t>;  // a lane's name, or a unique number
  using Lanes = std::map<Key, std::deque<Job>>;
  using Ready = std::list<Lanes::iterator>;

  bool add(Key key, Job job);
  void loop();
  void end();

  const std::string name_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  Lanes lanes_;                 // lanes with a job queued or running; guarded by mutex_
  Ready ready_;                 // lanes with a job queued and none running; guarded by mutex_
  std::size_t queued_ = 0;      // guarded by mutex_
  std::uint64_t numbered_ = 0;  // guarded by mutex_
  bool stopping_ = false;       // guarded by mutex_
  std::vector<std::thread> threads_;
};

/// The module's workers, one for each kind of work, so work that hangs does not block another kind.
struct Workers {
  /// Removes taps from calls, which waits for a call's media bug lock. A lane is a call.
  Worker locks{"as-switch", 4};
  /// Reads the files that settings name; writes and deletes audio files. A lane is the set of files
  /// that a connection needs, or all audio files of all streams.
  Worker disk{"as-disk", 4};
  /// Decodes large messages of servers. Pure computation, which must not delay frames.
  Worker decode{"as-decode", 1, Worker::Priority::low};

  /// The name of a worker that still has a job at `until`; empty if none has.
  [[nodiscard]] std::string busy_at(std::chrono::steady_clock::time_point until);
};

}  // namespace audio_stream::transport
