// One thread that drives many calls, where there are too many for each to have threads of its own.
#pragma once

#include <chrono>
#include <memory>

#include "switch.h"

namespace simulator {

class Paced;

/// Ticks the calls it is given (CallOptions::media_thread) when each is due, as their own threads
/// would, one after the other: what one does in a callback delays the others. Their phases are
/// spread evenly over a packet's time; those that are due within a fortieth of it share a wake-up
/// of the thread. Must outlive its calls.
class SWITCH_DECLARE_DATA MediaThread {
 public:
  MediaThread();
  ~MediaThread();
  MediaThread(const MediaThread&) = delete;
  MediaThread& operator=(const MediaThread&) = delete;

  /// How late a call's tick was at worst since this was last asked.
  std::chrono::nanoseconds take_worst_lag();

  /// For Call alone.
  void drive(std::shared_ptr<Paced> call);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace simulator
