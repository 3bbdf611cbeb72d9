#pragma once

#include <cstdint>

namespace audio_stream::stream {

/// A key that the caller pressed.
struct Key {
  char digit = 0;  ///< 0 to 9, *, #, A to D, or F for flash
  std::uint32_t duration_ms = 0;
  bool is_secret = false;  ///< it stops playback, and nobody is told which key it was
};

}  // namespace audio_stream::stream
