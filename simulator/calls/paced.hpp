// What a shared media thread drives.
#pragma once

#include <chrono>

#include "media_io.hpp"

namespace simulator {

class Paced {
 public:
  using Time = std::chrono::steady_clock::time_point;

  virtual ~Paced() = default;
  /// On the thread that drives it from now on, before the first tick. `phase` is a part of one
  /// packet's time, from 0 to 1.
  virtual void begin(Time now, double phase) = 0;
  [[nodiscard]] virtual Time due() const = 0;
  /// Its turn is near: memory that the tick needs is fetched into the processor's cache. It comes
  /// kSteps times, since what was fetched in one step tells where there is more.
  virtual void fetch(int step) const noexcept = 0;
  static constexpr int kSteps = 2;
  /// One tick, and the next is due later. False: it is over. All calls of the thread have their
  /// packets in the same `room`, which stays in the processor's cache.
  virtual bool tick(PacketRoom& room) = 0;
};

}  // namespace simulator
