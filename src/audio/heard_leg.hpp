#pragma once

#include <algorithm>
#include <atomic>
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

/// What the caller hears, on its way from the thread that writes it to the call to the one that
/// streams the call.
///
/// The two run on their own clocks, and in frames of their own lengths. The caller's leg leads:
/// each pull() takes as much as the caller has spoken. What has not been written yet is silence;
/// what is late by more than a frame for a whole second is left out, so that the legs stay together
/// however long the call. Bounded, lock-free; once running it allocates nothing.
class HeardLeg {
 public:
  /// Room for so much; what is written while nobody pulls for longer is lost, and counted.
  static constexpr std::uint32_t kRoomMs = 600;
  /// How late this leg may stay: a frame of the caller's, and a usual one at least.
  static constexpr std::uint32_t kSlackMs = 20;

  static tl::expected<std::unique_ptr<HeardLeg>, std::string> create(std::uint32_t call_rate_hz,
                                                                     std::uint32_t rate_hz);

  /// The thread that writes to the call (to one at a time). False if the frame can't be used.
  bool push(const LegFrame& frame) noexcept;

  // The call's media thread.

  /// From now on the caller's frames have so many samples, at the stream's rate.
  void set_frame(std::size_t samples) noexcept { slack_ = std::max(samples, least_slack_); }
  /// Fills `out` with what comes next, and with silence where there is nothing.
  void pull(std::span<std::int16_t> out) noexcept;
  /// Leaves out all that waits.
  void discard() noexcept;

  /// Samples that wait.
  [[nodiscard]] std::size_t waiting() const noexcept;
  /// Samples left out because they were late, or because there was no room.
  [[nodiscard]] std::uint64_t left_out() const noexcept {
    return late_.load(std::memory_order_relaxed) + no_room_.load(std::memory_order_relaxed);
  }

 private:
  HeardLeg(Leg leg, std::uint32_t rate_hz);
  void append(std::span<const std::int16_t> samples) noexcept;
  void skip(std::size_t samples) noexcept;

  Leg leg_;  // the writing thread's
  const std::size_t least_slack_;
  const std::size_t second_;
  std::vector<std::int16_t> ring_;  // a power of two

  alignas(64) std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> no_room_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> late_{0};
  std::size_t slack_;
  std::size_t watched_ = 0;  // samples pulled since the lag was judged last
  std::size_t least_lag_;    // in that time
};

}  // namespace audio_stream::audio
