#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace audio_stream::stream {

/// The files into which audio from the server was put for the application to play. They are private
/// (mode 0600, a name nobody can guess) and live as long as the stream: the destructor removes
/// them.
///
/// One stream's own; used by one job of a worker at a time.
class AudioFiles {
 public:
  struct Limits {
    std::size_t files = 1000;                            ///< 0: none is written at all
    std::size_t bytes = std::size_t{256} * 1024 * 1024;  ///< of all together
  };

  /// `directory` is the switch's folder for temporary files, `stem` begins each name.
  AudioFiles(std::string directory, std::string stem, Limits limits)
      : directory_{std::move(directory)}, stem_{std::move(stem)}, limits_{limits} {}
  ~AudioFiles();
  AudioFiles(const AudioFiles&) = delete;
  AudioFiles& operator=(const AudioFiles&) = delete;

  /// Of the disk's worker: files are written and removed one after the other.
  static constexpr const char* kLane = "audio files";

  /// They stay where they are.
  void leave() noexcept { paths_.clear(); }

  /// Writes `audio` to a new file, whose path it returns.
  tl::expected<std::string, std::string> write(std::span<const std::byte> audio,
                                               const std::string& extension);

 private:
  const std::string directory_;
  const std::string stem_;
  const Limits limits_;
  std::vector<std::string> paths_;
  std::size_t bytes_ = 0;
};

}  // namespace audio_stream::stream
