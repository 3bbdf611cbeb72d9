#pragma once

#include <cstdint>

namespace audio_stream::audio {

/// What goes up in place of the caller's audio.
enum class MaskKind : std::uint8_t {
  off,      ///< the caller's audio itself
  silence,  ///< digital silence
  tone,     ///< a soft tone, so that a listener knows that something is left out
};

}  // namespace audio_stream::audio
