#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "audio/playout.hpp"
#include "audio/resampler.hpp"

namespace audio_stream::audio {

/// What becomes of what a call would hear without us.
enum class PlayMode : std::uint8_t {
  mix,      ///< both are heard, saturating
  replace,  ///< while there is something of ours it is heard alone
};

/// Puts what is to be played into the frames that go by. Used by whichever thread writes to the
/// call, one at a time; allocates nothing but when the rate of the frames changes to another than
/// that of the playout. Where memory lacks for that, silence is heard, and each frame tries anew.
class Rendering {
 public:
  Rendering(Playout& playout, PlayMode mode) : playout_{playout}, mode_{mode} {}

  struct Rendered {
    bool changed = false;  ///< the frame is another now
    bool wake = false;     ///< the playout's writing thread has something to do
  };
  /// `frame` is interleaved, of 1 or 2 `channels`, at `rate_hz`.
  Rendered render(std::span<std::int16_t> frame, std::uint32_t rate_hz,
                  std::uint8_t channels) noexcept;

 private:
  void resample_to(std::uint32_t rate_hz) noexcept;
  Playout::Taken take(std::span<std::int16_t> out, std::uint32_t rate_hz) noexcept;

  Playout& playout_;
  const PlayMode mode_;
  std::optional<Resampler> resampler_;  // none while the rates match
  std::uint32_t resampled_hz_ = 0;
};

}  // namespace audio_stream::audio
