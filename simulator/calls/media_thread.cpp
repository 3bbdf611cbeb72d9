#include "simulator/media_thread.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "paced.hpp"
#include "switch_thread.hpp"

namespace simulator {
namespace {

using Time = Paced::Time;

// Calls that are due within such a part of a packet's time share a wake-up: where there are
// thousands, a wake-up for each would cost more than all else of them. It is half a millisecond
// of 20, less than a real switch's timer has it.
constexpr int kTogether = 40;

// So many calls have their turns between two steps of fetching what another needs.
constexpr std::size_t kBetweenSteps = 4;

struct Turn {
  Time due;
  Time::duration patience;
  std::shared_ptr<Paced> call;
};

/// Whose turn it is when, in that order.
class Turns {
 public:
  [[nodiscard]] bool empty() const { return turns_.empty(); }
  [[nodiscard]] std::size_t size() const { return turns_.size(); }
  [[nodiscard]] Time next_due() const { return turns_.front().due; }

  /// Of the last one that is due at about the same time as the first.
  [[nodiscard]] Time next_together() const {
    return std::prev(after(turns_.front().due + turns_.front().patience))->due;
  }
  /// No cache holds thousands of calls, and to wait for memory would take most of a tick.
  void fetch_ahead() const {
    std::size_t ahead = (Paced::kSteps + 1) * kBetweenSteps;
    if (turns_.size() <= ahead) return;
    __builtin_prefetch(turns_[ahead].call.get());
    for (int step = 0; step < Paced::kSteps; ++step) {
      turns_[ahead -= kBetweenSteps].call->fetch(step);
    }
  }
  Turn take() {
    Turn turn = std::move(turns_.front());
    turns_.pop_front();
    return turn;
  }
  /// Whose packets are as long as the others' is due after all of them.
  void put(Turn turn) { turns_.insert(after(turn.due), std::move(turn)); }

 private:
  [[nodiscard]] std::deque<Turn>::const_iterator after(Time time) const {
    if (turns_.empty() || turns_.back().due <= time) return turns_.end();
    return std::upper_bound(turns_.begin(), turns_.end(), time,
                            [](Time at, const Turn& turn) { return at < turn.due; });
  }

  std::deque<Turn> turns_;
};

}  // namespace

class MediaThread::Impl {
 public:
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
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
      } else if (!changed_.wait_until(lock, turns_.next_together(), interrupted)) {
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
    turns_.put({due, {}, std::move(call)});
  }

  /// New ones need not wait for long: as many as there are calls now.
  void tick_the_due() {
    for (std::size_t left = turns_.size(); left > 0 && !turns_.empty(); --left) {
      const Time now = std::chrono::steady_clock::now();
      if (turns_.next_due() > now) return;
      turns_.fetch_ahead();
      Turn turn = turns_.take();
      const std::chrono::nanoseconds lag = now - turn.due;
      if (lag.count() > worst_.load(std::memory_order_relaxed)) worst_ = lag.count();
      if (!turn.call->tick(room_)) continue;
      const Time due = turn.call->due();
      turn.patience = (due - std::exchange(turn.due, due)) / kTogether;
      turns_.put(std::move(turn));
    }
  }

  std::atomic<std::int64_t> worst_{0};
  std::mutex mutex_;  // guards fresh_ and stopped_
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Paced>> fresh_;
  bool stopped_ = false;
  // The thread's own.
  Turns turns_;
  PacketRoom room_{};
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
