#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "audio/leg_frame.hpp"

namespace audio_stream::audio {

/// Tells when a caller begins to speak, by the energy of what is heard: good enough to interrupt a
/// machine, not to recognise words. It opens when frames have been louder than the noise for a
/// while, and closes when they have been quieter for longer.
///
/// The noise is the quietest that there was in the last two seconds, whether open or not: who
/// speaks takes a breath, and noise does not. Noise that begins, or grows at once, may open it
/// once.
///
/// One thread's; allocates nothing.
class SpeechGate {
 public:
  /// Louder than the noise by so much, and never below kFloorDb of full scale.
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
  double for_ms_ = 0;  // louder while closed, quieter while open

  std::optional<double> smooth_db_;
  std::array<double, kPeriods> quietest_db_{};  // of each period; 0, the loudest there is, if none
  std::size_t period_ = 0;
  double period_ms_ = 0;
};

}  // namespace audio_stream::audio
