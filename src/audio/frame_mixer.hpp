#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "audio/playout.hpp"
#include "audio/resampler.hpp"

namespace audio_stream::audio {

/// What becomes of the audio that a call hears anyway.
enum class PlayMode : std::uint8_t {
  mix,      ///< both are heard, saturating
  replace,  ///< while there is something of ours it is heard alone
};

/// Mixes what is to be played into the frames of a call, or replaces them with it. Used by the
/// thread that writes to the call, one at a time. Allocates nothing but when the frames' rate
/// changes to another than the playout's. Without memory for that, silence is heard, and each frame
/// tries again.
class FrameMixer {
 public:
  FrameMixer(Playout& playout, PlayMode mode) : playout_{playout}, mode_{mode} {}

  struct Mixed {
    bool changed = false;  ///< the frame is another now
    bool wake = false;     ///< the playout's writing thread has something to do
  };
  /// `frame` is interleaved, of 1 or 2 `channels`, at `rate_hz`.
  Mixed mix(std::span<std::int16_t> frame, std::uint32_t rate_hz, std::uint8_t channels) noexcept;

 private:
  void resample_to(std::uint32_t rate_hz) noexcept;
  Playout::Taken take(std::span<std::int16_t> out, std::uint32_t rate_hz) noexcept;

  Playout& playout_;
  const PlayMode mode_;
  std::optional<Resampler> resampler_;  // none while the rates match
  std::uint32_t resampled_hz_ = 0;
};

}  // namespace audio_stream::audio
