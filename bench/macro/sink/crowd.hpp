// Decides whether enough arrives to make batching worth while.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bench {

/// A wake-up for each message costs the sink and the sender more than the message, so thousands of
/// streams would fill two cores. Then the sink reads a thousand times a second. That adds half a
/// millisecond to measured delays, for all variants alike. With some hundred streams the sink
/// receives each message at once.
class Crowd {
 public:
  static constexpr std::chrono::milliseconds kPause{1};

  /// `count` sockets were readable.
  void came(std::size_t count, std::int64_t now_ns) {
    count_ += count;
    if (now_ns - begun_ns_ < kWindowNs) return;
    there_ = static_cast<std::int64_t>(count_) * kSecondNs > kMany * (now_ns - begun_ns_);
    count_ = 0;
    begun_ns_ = now_ns;
  }
  [[nodiscard]] bool is_there() const { return there_; }

 private:
  static constexpr std::int64_t kSecondNs = 1'000'000'000;
  static constexpr std::int64_t kWindowNs = 10'000'000;
  static constexpr std::int64_t kMany = 30'000;  // a second

  std::int64_t begun_ns_ = 0;
  std::size_t count_ = 0;
  bool there_ = false;
};

}  // namespace bench
