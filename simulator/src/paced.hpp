// What a shared media thread drives.
#pragma once

#include <chrono>

namespace simulator {

class Paced {
 public:
  using Time = std::chrono::steady_clock::time_point;

  virtual ~Paced() = default;
  /// On the thread that drives it from now on, before the first tick. `phase` is a part of one
  /// packet's time, from 0 to 1.
  virtual void begin(Time now, double phase) = 0;
  [[nodiscard]] virtual Time due() const = 0;
  /// One tick, and the next is due later. False: it is over.
  virtual bool tick() = 0;
};

}  // namespace simulator
