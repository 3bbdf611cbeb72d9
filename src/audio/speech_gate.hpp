#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "audio/leg_frame.hpp"

namespace audio_stream::audio {

/// Detects when a caller begins to speak and when he stops, from the energy of the audio. Good
/// enough for barge-in, not for recognising words. The gate opens when the audio has been louder
/// than the noise for kOpenMs, and closes when it has been quieter for kCloseMs.
///
/// What the call did not yield is no measurement: it is neither noise nor speech, and the gate's
/// clocks stand still. That holds for frames whose samples are all equal: the switch's padding,
/// comfort noise, a muted phone, the first frames behind a media bug. Only nothing else for
/// kCloseMs closes an open gate.
///
/// The noise level is that of the quietest period of the last two seconds of sound, whether the
/// gate was open or not: a speaker pauses for breath, noise does not. A period's level is that of
/// its third quietest block, because one or two quiet blocks are no pause. The gate stays closed
/// until it has measured kLearnMs of sound. Noise that begins or rises suddenly may open it once.
///
/// One thread at a time. Allocates nothing.
class SpeechGate {
 public:
  /// Thresholds above the noise level, but never below kFloorDb relative to full scale.
  static constexpr double kOpenDb = 10;
  static constexpr double kCloseDb = 5;
  static constexpr double kFloorDb = -45;
  static constexpr std::uint32_t kOpenMs = 60;
  static constexpr std::uint32_t kCloseMs = 400;
  static constexpr std::uint32_t kLearnMs = 200;
  /// A line of digital silence for this long, before any sound, has no noise.
  static constexpr std::uint32_t kSilentLineMs = 300;
  /// Audio is measured in blocks of this length.
  static constexpr std::uint32_t kBlockMs = 20;

  /// What a piece of audio changed. `stopped` comes before `started` if one frame brings both.
  struct Change {
    bool stopped = false;
    bool started = false;
    /// How long before the end of that audio the speech began or ended.
    double ago_ms = 0;
  };

  Change hear(const LegFrame& frame) noexcept;
  /// `ms` for which the call yielded nothing.
  Change miss(double ms) noexcept;
  [[nodiscard]] bool open() const noexcept { return open_; }

 private:
  static constexpr std::size_t kPeriods = 8;
  static constexpr std::size_t kBlocksOfAPeriod = 12;  // about 250 ms
  static constexpr std::size_t kRank = 3;              // the third quietest

  void add_block(double loudness_db, double ms, double later_ms, Change& change) noexcept;
  void learn(double loudness_db) noexcept;
  void learn_silence() noexcept;
  [[nodiscard]] double noise_db() const noexcept;
  void drop_block() noexcept;

  bool open_ = false;
  double for_ms_ = 0;     // sound so far: louder while closed, quieter while open
  double run_ms_ = 0;     // the same time by the call's clock, with what was missed
  double missed_ms_ = 0;  // since the last sound
  double silent_ms_ = 0;  // digital silence before any sound

  // The block that is being measured.
  double energy_ = 0;
  std::size_t samples_ = 0;
  std::uint32_t rate_hz_ = 0;

  // The quietest blocks of the current period in their order, then the levels of past periods.
  // Full scale, which is 0, where nothing was measured.
  std::array<double, kRank> lowest_db_{};
  std::array<double, kPeriods> periods_db_{};
  std::size_t period_ = 0;
  std::size_t blocks_ = 0;  // of the current period
  double learned_ms_ = 0;   // sound measured, up to kLearnMs
};

}  // namespace audio_stream::audio
