#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace audio_stream::stream {

/// When to try again: 100 ms after the first failure, doubling up to 10 s, each shortened at random
/// by up to a quarter, so that a thousand calls do not come back to a restarted server as one.
///
/// While audio is kept an attempt is made in the last second before there is no room for more: an
/// outage that is over by then loses nothing, however long the wait would have been.
class RetryPolicy {
 public:
  using Milliseconds = std::chrono::milliseconds;

  explicit RetryPolicy(std::uint32_t seed) : random_{seed} {}

  /// How long to wait this time, at least 1 ms; longer from time to time. `room`: how much more
  /// audio may be kept; none if none is being kept. `spread`: up to so much is added at random.
  Milliseconds next_wait(std::optional<Milliseconds> room = std::nullopt,
                         Milliseconds spread = Milliseconds{0});

  /// Begins anew with the shortest wait. Not for any connection that came about, but for one that
  /// lasted: a server that takes calls only to drop them is to be spared as well.
  void reset() noexcept { waits_ = 0; }

 private:
  std::optional<std::int64_t> last_in_time(std::optional<Milliseconds> room);
  std::int64_t between(std::int64_t low, std::int64_t high);

  std::uint32_t waits_ = 0;
  std::minstd_rand random_;
};

}  // namespace audio_stream::stream
