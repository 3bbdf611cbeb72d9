#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "audio/leg_frame.hpp"

namespace audio_stream::audio {

/// Detects when a caller begins to speak, from the energy of the audio. Good enough for barge-in,
/// not for recognising words. The gate opens when frames have been louder than the noise for
/// kOpenMs, and closes when they have been quieter for kCloseMs.
///
/// The noise level is the quietest level of the last two seconds, whether the gate was open or not:
/// a speaker pauses for breath, noise does not. Noise that begins or rises suddenly may open the
/// gate once.
///
/// One thread only. Allocates nothing.
class SpeechGate {
 public:
  /// Thresholds above the noise level, but never below kFloorDb relative to full scale.
  static constexpr double kOpenDb = 10;
  static constexpr double kCloseDb = 5;
  static constexpr double kFloorDb = -45;
  static constexpr std::uint32_t kOpenMs = 60;
  static constexpr std::uint32_t kCloseMs = 400;

  /// True if speech begins with this frame.
  bool hear(const LegFrame& frame) noexcept;
  [[nodiscard]] bool open() const noexcept { return open_; }

 private:
  static constexpr std::size_t kPeriods = 8;
  static constexpr double kPeriodMs = 250;

  [[nodiscard]] double noise_after(double loudness, double ms) noexcept;

  bool open_ = false;
  double for_ms_ = 0;  // duration so far: louder while closed, quieter while open

  std::optional<double> smooth_db_;
  // Of each period. 0, which is full scale, if not measured.
  std::array<double, kPeriods> quietest_db_{};
  std::size_t period_ = 0;
  double period_ms_ = 0;
};

}  // namespace audio_stream::audio
