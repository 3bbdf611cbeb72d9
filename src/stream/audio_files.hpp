#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "control/file_limits.hpp"

namespace audio_stream::stream {

/// The files that hold the server's audio for the application to play. They are private (mode 0600,
/// a random name). The destructor removes them.
///
/// The limits apply to files that exist at the same time. If there is no room, write() removes the
/// oldest files, provided that they are older than kTimeToBePlayed.
///
/// Each stream has its own. One job of a worker uses it at a time.
class AudioFiles {
 public:
  using Limits = control::FileLimits;

  /// A file this old counts as played.
  static constexpr std::chrono::seconds kTimeToBePlayed{10};
  using Clock = std::chrono::steady_clock;

  /// `directory` is the switch's folder for temporary files. `stem` begins each name.
  AudioFiles(std::string directory, std::string stem, Limits limits)
      : directory_{std::move(directory)}, stem_{std::move(stem)}, limits_{limits} {}
  ~AudioFiles();
  AudioFiles(const AudioFiles&) = delete;
  AudioFiles& operator=(const AudioFiles&) = delete;

  /// The disk worker's lane for the files of all streams: one job writes or removes at a time.
  static constexpr const char* kLane = "audio files";

  void remove() noexcept;
  /// Forgets the files without removing them.
  void leave() noexcept { files_.clear(); }

  /// Writes `audio` to a new file and returns its path.
  tl::expected<std::string, std::string> write(std::span<const std::byte> audio,
                                               const std::string& extension,
                                               Clock::time_point now = Clock::now());

 private:
  struct Written {
    std::string path;
    std::size_t bytes;
    Clock::time_point when;
  };

  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept;
  void make_room(std::size_t bytes, Clock::time_point now);

  const std::string directory_;
  const std::string stem_;
  const Limits limits_;
  std::deque<Written> files_;
  std::size_t bytes_ = 0;   // of files_
  std::size_t number_ = 0;  // of the next file
};

}  // namespace audio_stream::stream
