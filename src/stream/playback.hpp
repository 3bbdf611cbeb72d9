#pragma once

#include <cstdint>

#include "audio/frame_mixer.hpp"
#include "audio/playout.hpp"

namespace audio_stream::stream {

/// One of the two sides of a call, as far as it is spoken to.
enum class Side : std::uint8_t { caller, callee };

/// What a stream plays to one side of its call: filled by the I/O thread, taken by the thread that
/// writes to that side.
struct Playback {
  Playback(const audio::Playout::Limits& limits, audio::PlayMode mode)
      : playout{limits}, mixer{playout, mode} {}

  audio::Playout playout;
  audio::FrameMixer mixer;
};

}  // namespace audio_stream::stream
