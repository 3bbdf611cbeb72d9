#pragma once

#include <cstddef>
#include <cstdint>

#include "audio/leg_frame.hpp"

namespace audio_stream::audio {

/// Tells when a caller begins to speak, by the energy of what is heard: good enough to interrupt a
/// machine, not to recognise words. It opens when frames have been louder than the noise before
/// them for a while, and closes when they have been quieter for longer.
///
/// One thread's; allocates nothing.
class SpeechGate {
 public:
  /// Louder than the noise by so much, and never below kFloorDb of full scale.
  static constexpr double kOpenDb = 12;
  static constexpr double kCloseDb = 6;
  static constexpr double kFloorDb = -45;
  static constexpr std::uint32_t kOpenMs = 60;
  static constexpr std::uint32_t kCloseMs = 400;

  /// True if speech begins with this frame.
  bool hear(const LegFrame& frame) noexcept;
  [[nodiscard]] bool open() const noexcept { return open_; }

 private:
  bool open_ = false;
  double noise_db_ = -60;
  double for_ms_ = 0;  // louder while closed, quieter while open
};

}  // namespace audio_stream::audio
