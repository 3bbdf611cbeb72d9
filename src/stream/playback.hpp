#pragma once

#include <cstdint>

#include "audio/frame_mixer.hpp"
#include "audio/playout.hpp"

namespace audio_stream::stream {

/// The side of a call that hears the stream's playback.
enum class Side : std::uint8_t { caller, callee };

/// The audio that a stream plays to one side of its call. The I/O thread fills it. The thread that
/// writes to that side takes from it.
struct Playback {
  Playback(const audio::Playout::Limits& limits, audio::PlayMode mode)
      : playout{limits}, mixer{playout, mode} {}

  audio::Playout playout;
  audio::FrameMixer mixer;
};

}  // namespace audio_stream::stream
