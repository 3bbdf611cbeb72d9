#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace audio_stream::stream {

/// When to try again: exponential backoff with jitter. The wait is 100 ms after the first failure
/// and doubles up to 10 s. Each wait is shortened at random by up to a quarter, so that a thousand
/// calls do not reconnect to a restarted server at once.
///
/// While audio is kept, one attempt falls into the last second before the buffer is full. So an
/// outage that is over by then loses no audio, however long the wait would have been.
class RetryPolicy {
 public:
  using Milliseconds = std::chrono::milliseconds;

  explicit RetryPolicy(std::uint32_t seed) : random_{seed} {}

  /// The next wait, at least 1 ms. `room`: how much more audio can be kept; none if none is kept.
  /// `spread`: the upper bound of a random addition.
  Milliseconds next_wait(std::optional<Milliseconds> room = std::nullopt,
                         Milliseconds spread = Milliseconds{0});

  /// Restarts with the shortest wait. Called after a connection that lasted, not after any
  /// connection: a server that accepts calls only to drop them needs the longer waits.
  void reset() noexcept { waits_ = 0; }

 private:
  std::optional<std::int64_t> last_in_time(std::optional<Milliseconds> room);
  std::int64_t between(std::int64_t low, std::int64_t high);

  std::uint32_t waits_ = 0;
  std::minstd_rand random_;
};

}  // namespace audio_stream::stream
