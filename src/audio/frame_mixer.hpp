#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "audio/playout.hpp"
#include "audio/resampler.hpp"

namespace audio_stream::audio {

/// What happens to the audio that the call hears without us.
enum class PlayMode : std::uint8_t {
  mix,      ///< the call hears both, summed with saturation
  replace,  ///< the call hears only our audio while there is some
};

/// Mixes the playout into the frames of a call, or replaces the frames with it. One thread at a
/// time uses it: the one that writes to the call. Allocates only when the frames' rate becomes
/// different from the playout's. If that allocation fails, the call hears silence and each frame
/// tries again.
class FrameMixer {
 public:
  FrameMixer(Playout& playout, PlayMode mode) : playout_{playout}, mode_{mode} {}

  struct Mixed {
    bool changed = false;  ///< the frame was modified
    bool wake = false;     ///< the playout's writing thread has work to do
  };
  /// `frame` is interleaved, with 1 or 2 `channels`, at `rate_hz`. It is modified in place.
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
