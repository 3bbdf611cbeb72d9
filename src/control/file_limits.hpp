#pragma once

#include <chrono>
#include <cstddef>

namespace audio_stream::control {

/// Of the files into which a stream puts audio from the server. What exists at a time counts.
struct FileLimits {
  std::size_t files = 1000;                            ///< 0: none is written at all
  std::size_t bytes = std::size_t{256} * 1024 * 1024;  ///< of all together
  /// After a stream that did not end with its call's hangup: the application may have been told
  /// of a file just now, and the switch may have others to play before it.
  std::chrono::milliseconds live_on = std::chrono::seconds{60};
};

}  // namespace audio_stream::control
