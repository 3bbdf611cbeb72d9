#pragma once

#include <chrono>
#include <cstddef>

namespace audio_stream::control {

/// Bounds on the files into which a stream puts audio from the server. They apply to the files that
/// exist at a time.
struct FileLimits {
  std::size_t count = 10'000;                          ///< 0: no file is written
  std::size_t bytes = std::size_t{256} * 1024 * 1024;  ///< of all files together
  /// Time before the files of a stream are deleted if its call goes on: the application may have
  /// just been told of a file, and the switch may have others to play before it.
  std::chrono::milliseconds keep_for = std::chrono::seconds{60};
};

}  // namespace audio_stream::control
