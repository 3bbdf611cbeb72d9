#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace audio_stream::stream {

/// When to try again: 100 ms after the first failure, doubling up to 10 s, each shortened at random
/// by up to a quarter, so that a thousand calls do not come back to a restarted server as one.
class RetryPolicy {
 public:
  explicit RetryPolicy(std::uint32_t seed) : random_{seed} {}

  /// How long to wait this time, at least 1 ms; longer from time to time.
  std::chrono::milliseconds next_wait();

  /// Begins anew with the shortest wait. Not for any connection that came about, but for one that
  /// lasted: a server that takes calls only to drop them is to be spared as well.
  void reset() noexcept { waits_ = 0; }

 private:
  std::uint32_t waits_ = 0;
  std::minstd_rand random_;
};

}  // namespace audio_stream::stream
