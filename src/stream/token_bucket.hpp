#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace audio_stream::stream {

/// A token bucket: bounds the events and answers that a server may cause. It holds the tokens of
/// 2.5 s.
///
/// Stored as one point in time: when the tokens taken so far will have been earned.
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  /// 0: no limit.
  explicit TokenBucket(std::uint32_t per_second) noexcept
      : price_{per_second == 0 ? Clock::duration{0}
                               : Clock::duration{std::chrono::seconds{1}} / per_second} {}

  /// Takes a token. An empty bucket goes into debt.
  void take(Clock::time_point now = Clock::now()) noexcept {
    paid_until_ = std::max(paid_until_, now) + price_;
  }

  [[nodiscard]] bool available(Clock::time_point now = Clock::now()) const noexcept {
    return paid_until_ + price_ <= now + kHolds || price_ == Clock::duration{0};
  }

  /// The time until the tokens of 100 ms, or one token, are there.
  [[nodiscard]] Clock::duration wait(Clock::time_point now = Clock::now()) const noexcept {
    const Clock::duration some = std::max<Clock::duration>(price_, std::chrono::milliseconds{100});
    return std::max(paid_until_ + some - kHolds - now, Clock::duration{0});
  }

 private:
  static constexpr Clock::duration kHolds = std::chrono::milliseconds{2500};

  Clock::duration price_;  // time that earns one token
  Clock::time_point paid_until_;
};

}  // namespace audio_stream::stream
