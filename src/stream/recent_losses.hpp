#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace audio_stream::stream {

/// Counts the connections of this process that were lost within a second. A server that fails loses
/// all its streams at once, and they must not all reconnect at once. Any thread.
class RecentLosses {
 public:
  using Clock = std::chrono::steady_clock;

  /// Records a lost connection. Returns the time within which its stream should reconnect, at a
  /// random moment. The more connections are lost together, the longer it is.
  std::chrono::milliseconds record(Clock::time_point now) noexcept {
    const auto second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    if (second_.exchange(second, std::memory_order_relaxed) != second) {
      count_.store(0, std::memory_order_relaxed);
    }
    const std::uint32_t count = count_.fetch_add(1, std::memory_order_relaxed);
    return std::chrono::milliseconds{count < kLongest * kInAMillisecond ? count / kInAMillisecond
                                                                        : kLongest};
  }

 private:
  static constexpr std::uint32_t kInAMillisecond = 4;  // streams that reconnect
  static constexpr std::uint32_t kLongest = 1000;      // ms

  std::atomic<std::int64_t> second_{0};
  std::atomic<std::uint32_t> count_{0};  // losses in second_
};

}  // namespace audio_stream::stream
