#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "control/file_limits.hpp"

namespace audio_stream::stream {

/// The files into which audio from the server was put for the application to play. They are private
/// (mode 0600, a name nobody can guess). The destructor removes them.
///
/// The limits are for what exists at a time: where there is no room, the oldest files make some,
/// if they have had time to be played.
///
/// One stream's own; used by one job of a worker at a time.
class AudioFiles {
 public:
  using Limits = control::FileLimits;

  /// A file that exists for so long is taken for played.
  static constexpr std::chrono::seconds kTimeToBePlayed{10};
  using Clock = std::chrono::steady_clock;

  /// `directory` is the switch's folder for temporary files, `stem` begins each name.
  AudioFiles(std::string directory, std::string stem, Limits limits)
      : directory_{std::move(directory)}, stem_{std::move(stem)}, limits_{limits} {}
  ~AudioFiles();
  AudioFiles(const AudioFiles&) = delete;
  AudioFiles& operator=(const AudioFiles&) = delete;

  /// Of the disk's worker: files are written and removed one after the other.
  static constexpr const char* kLane = "audio files";

  void remove() noexcept;
  /// They stay where they are.
  void leave() noexcept { files_.clear(); }

  /// Writes `audio` to a new file, whose path it returns.
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
  std::size_t bytes_ = 0;   // of these
  std::size_t number_ = 0;  // of the next one
};

}  // namespace audio_stream::stream
