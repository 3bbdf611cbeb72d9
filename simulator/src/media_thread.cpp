#include "simulator/media_thread.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <queue>
#include <utility>
#include <vector>

#include "paced.hpp"
#include "switch_thread.hpp"

namespace simulator {
namespace {

using Time = Paced::Time;

struct Turn {
  Time due;
  std::shared_ptr<Paced> call;
};

struct Later {
  bool operator()(const Turn& a, const Turn& b) const { return a.due > b.due; }
};

}  // namespace

class MediaThread::Impl {
 public:
  ~Impl() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  void add(std::shared_ptr<Paced> call) {
    const std::lock_guard lock(mutex_);
    fresh_.push_back(std::move(call));
    changed_.notify_all();
  }

  std::chrono::nanoseconds take_worst_lag() { return std::chrono::nanoseconds(worst_.exchange(0)); }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopped_ || !turns_.empty()) {
      for (auto& call : fresh_) welcome(std::move(call));
      fresh_.clear();
      const auto interrupted = [this] { return !fresh_.empty() || (stopped_ && turns_.empty()); };
      if (turns_.empty()) {
        changed_.wait(lock, interrupted);
      } else if (!changed_.wait_until(lock, turns_.top().due, interrupted)) {
        lock.unlock();
        tick_the_due();
        lock.lock();
      }
    }
  }

  void welcome(std::shared_ptr<Paced> call) {
    // Multiples of the golden ratio spread evenly, however many there are.
    constexpr double kGolden = 0.6180339887498949;
    phase_ += kGolden;
    phase_ -= static_cast<int>(phase_);
    call->begin(std::chrono::steady_clock::now(), phase_);
    const Time due = call->due();
    turns_.push({due, std::move(call)});
  }

  /// New ones need not wait for long: as many as there are calls now.
  void tick_the_due() {
    for (std::size_t left = turns_.size(); left > 0 && !turns_.empty(); --left) {
      const Time now = std::chrono::steady_clock::now();
      if (turns_.top().due > now) return;
      Turn turn = turns_.top();
      turns_.pop();
      const std::chrono::nanoseconds lag = now - turn.due;
      if (lag.count() > worst_.load()) worst_ = lag.count();
      if (!turn.call->tick()) continue;
      turn.due = turn.call->due();
      turns_.push(std::move(turn));
    }
  }

  std::atomic<std::int64_t> worst_{0};
  std::mutex mutex_;  // guards fresh_ and stopped_
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Paced>> fresh_;
  bool stopped_ = false;
  // The thread's own.
  std::priority_queue<Turn, std::vector<Turn>, Later> turns_;
  double phase_ = 0;
  SwitchThread thread_{[this] { run(); }};
};

MediaThread::MediaThread() : impl_(std::make_unique<Impl>()) {}
MediaThread::~MediaThread() = default;

void MediaThread::drive(std::shared_ptr<Paced> call) {
  impl_->add(std::move(call));
}

std::chrono::nanoseconds MediaThread::take_worst_lag() {
  return impl_->take_worst_lag();
}

}  // namespace simulator
