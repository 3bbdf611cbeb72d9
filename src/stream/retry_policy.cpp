#include "stream/retry_policy.hpp"

#include <algorithm>

namespace audio_stream::stream {
namespace {

constexpr std::int64_t kFirstWaitMs = 100;
constexpr std::int64_t kLongestWaitMs = 10'000;
constexpr std::uint32_t kDoublings = 7;  // 100 ms * 2^7 is beyond the longest

}  // namespace

std::chrono::milliseconds RetryPolicy::next_wait() {
  const std::int64_t full = std::min(kFirstWaitMs << std::min(waits_, kDoublings), kLongestWaitMs);
  ++waits_;
  std::uniform_int_distribution<std::int64_t> jitter{0, full / 4};
  return std::chrono::milliseconds{full - jitter(random_)};
}

}  // namespace audio_stream::stream
