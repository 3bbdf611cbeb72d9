#include "stream/retry_policy.hpp"

#include <algorithm>

namespace audio_stream::stream {
namespace {

constexpr std::int64_t kFirstWaitMs = 100;
constexpr std::int64_t kLongestWaitMs = 10'000;
constexpr std::uint32_t kDoublings = 7;  // 100 ms * 2^7 is beyond the longest

// The attempt before the buffer is full starts within this time before it, ...
constexpr std::int64_t kBeforeFullMs = 1000;
// ... and takes this long itself.
constexpr std::int64_t kToConnectMs = 300;

}  // namespace

std::int64_t RetryPolicy::between(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>{low, high}(random_);
}

/// A wait after which the attempt still comes before the buffer is full, if there is one. Chosen at
/// random, so that many streams do not reconnect at once.
std::optional<std::int64_t> RetryPolicy::last_in_time(std::optional<Milliseconds> room) {
  const std::int64_t latest = room ? room->count() - kToConnectMs : 0;
  if (latest <= 0) return std::nullopt;
  const std::int64_t earliest = std::max<std::int64_t>(room->count() - kBeforeFullMs, latest / 2);
  return std::max<std::int64_t>(between(earliest, latest), 1);
}

RetryPolicy::Milliseconds RetryPolicy::next_wait(std::optional<Milliseconds> room,
                                                 Milliseconds spread) {
  const std::int64_t full = std::min(kFirstWaitMs << std::min(waits_, kDoublings), kLongestWaitMs);
  const std::int64_t wait = full - between(0, full / 4) + between(0, spread.count());
  // An attempt before the buffer is full does not lengthen the other waits.
  if (const auto last = last_in_time(room); last && *last < wait) return Milliseconds{*last};
  ++waits_;
  return Milliseconds{wait};
}

}  // namespace audio_stream::stream
