#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "audio/leg.hpp"
#include "audio/leg_frame.hpp"

namespace audio_stream::audio {

/// The audio that the caller hears, passed from the thread that writes it to the call to the thread
/// that streams the call.
///
/// The two threads run on their own clocks, with frames of their own lengths. The caller's leg
/// leads: each pull() takes as many samples as the caller's frame has. Samples not written yet
/// become silence. Samples that were late by more than a frame for a whole second are dropped, so
/// the legs stay together in a call of any length. Lag is the samples queued plus the time since
/// the last write. Queue length alone cannot tell one frame of lag from two when the writer runs
/// right after the reader.
///
/// Bounded and lock-free. Once it exists, only push() may allocate, when the call's rate changes.
class HeardLeg {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Capacity. Samples that do not fit, because nobody pulled for longer than this, are lost and
  /// counted.
  static constexpr std::uint32_t kRoomMs = 600;
  /// The lag that this leg may keep: one of its own or of the caller's frames, and at least this. A
  /// write this late still counts as on time.
  static constexpr std::uint32_t kSlackMs = 20;
  /// Lag beyond that by less than this is not worth a cut.
  static constexpr std::uint32_t kToleranceMs = 1;

  static tl::expected<std::unique_ptr<HeardLeg>, std::string> create(std::uint32_t call_rate_hz,
                                                                     std::uint32_t rate_hz);

  /// Called by the thread that writes to the call, one thread at a time. False if the frame's rate
  /// is unusable.
  bool push(const LegFrame& frame, Time now) noexcept;

  // For the call's media thread:

  /// A tick of the call. `now` is the time for all calls until the next tick().
  void tick(Time now) noexcept { now_ = now; }
  /// The caller's frames have `samples` samples from now on, at the stream's rate.
  void set_frame(std::size_t samples) noexcept { slack_ = std::max(samples, least_slack_); }
  /// This leg may lag by `samples` more, until the next such call, while the caller's leg is held
  /// back.
  void set_allowed_lag(std::size_t samples) noexcept { allowed_ = samples; }
  /// Drops up to `samples` queued samples and counts them as late.
  void drop_late(std::size_t samples) noexcept;
  /// Fills `out` with the next samples, and with silence where the queue is empty.
  void pull(std::span<std::int16_t> out) noexcept;
  /// Counts silence that the stream makes itself while this queue is empty. The lag is judged once
  /// per second of pulled and counted samples.
  void count_silence(std::size_t samples) noexcept { trim_lag(samples); }
  /// Drops everything queued.
  void discard() noexcept;

  /// Samples queued.
  [[nodiscard]] std::size_t waiting() const noexcept;
  /// The lag in samples: how late the next sample will be heard. 0 if the queue is empty.
  [[nodiscard]] std::size_t lag() const noexcept;
  /// Samples dropped, because they were late or because there was no room.
  [[nodiscard]] std::uint64_t left_out() const noexcept {
    return late_.load(std::memory_order_relaxed) + no_room_.load(std::memory_order_relaxed);
  }

 private:
  HeardLeg(Leg leg, std::uint32_t rate_hz);
  void append(std::span<const std::int16_t> samples) noexcept;
  [[nodiscard]] std::size_t spare() const noexcept;
  void skip(std::size_t samples) noexcept;
  void trim_lag(std::size_t pulled) noexcept;

  Leg leg_;  // used by the writing thread
  const std::size_t least_slack_;
  const std::size_t tolerance_;
  const std::size_t second_;
  std::vector<std::int16_t> ring_;  // its size is a power of two

  alignas(64) std::atomic<std::uint64_t> written_{0};
  std::atomic<Time> last_write_{Time{}};
  // Length of the last frame written, at the stream's rate
  std::atomic<std::size_t> written_frame_{0};
  std::atomic<std::uint64_t> no_room_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> late_{0};
  std::size_t slack_;
  std::size_t allowed_ = 0;
  Time now_{};
  std::size_t watched_ = 0;  // samples pulled since the lag was last judged
  std::size_t spare_;        // the least lag beyond the allowed one in that time
};

}  // namespace audio_stream::audio
