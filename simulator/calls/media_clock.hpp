// When the next packet is due.
#pragma once

#include <chrono>
#include <cstdint>

namespace simulator {

/// Absolute deadlines: a late packet does not delay the ones after it. Not thread-safe.
class MediaClock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit MediaClock(double speed) : speed_(speed) {}

  /// The clock stood still, as no media flowed: it starts anew, one packet from now.
  void restart(Time now, std::chrono::microseconds ptime) { due_ = now + scaled(ptime); }
  /// The first packet is a part of a packet's time from now.
  void restart_at(Time now, std::chrono::microseconds ptime, double phase) {
    due_ = now + std::chrono::duration_cast<Time::duration>(scaled(ptime) * phase);
  }
  void advance(std::chrono::microseconds ptime) { due_ += scaled(ptime); }
  [[nodiscard]] Time due() const { return due_; }

 private:
  [[nodiscard]] Time::duration scaled(std::chrono::microseconds ptime) const;
  double speed_;
  Time due_{};
};

}  // namespace simulator
