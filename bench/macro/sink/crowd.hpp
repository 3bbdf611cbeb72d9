// Whether so much comes in that it is worth while to let it gather.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bench {

/// To wake up for each message takes the sink, and who wakes it, more than to receive it: with
/// thousands of streams the two cores would be full of that. Then the sink looks a thousand times a
/// second, which makes what arrives seem later by half a millisecond, and it tells nobody apart.
/// With some hundred streams each message is received at once.
class Crowd {
 public:
  static constexpr std::chrono::milliseconds kPause{1};

  /// `count` sockets had something.
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
