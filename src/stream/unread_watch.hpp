#pragma once

#include <chrono>
#include <cstdint>

namespace audio_stream::stream {

/// Notices a call that nobody reads: an application of the switch runs that takes no audio, so no
/// frame reaches the stream. Pure; the stream's I/O thread drives it.
class UnreadWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// A call without a frame for this long is unread, unless the switch has a reason for it.
  static constexpr std::chrono::seconds kUnread{5};

  enum class Step : std::uint8_t {
    none,
    ask,        ///< ask the switch whether something should read the call; answered() follows
    read_again  ///< an unread call is being read again
  };

  explicit UnreadWatch(Time start) noexcept : last_frame_{start} {}

  /// `last_frame`: the time of the last frame, or Time::min() before the first.
  Step look(Time now, Time last_frame) noexcept;
  /// True if the call has just become unread.
  bool answered(Time now, bool should_be_read) noexcept;
  /// Time without a frame, up to the last look().
  [[nodiscard]] std::chrono::milliseconds silent() const noexcept { return silent_; }

 private:
  Time last_frame_;
  std::chrono::milliseconds silent_{0};
  Time ask_after_ = Time::min();
  bool asking_ = false;
  bool unread_ = false;
};

}  // namespace audio_stream::stream
