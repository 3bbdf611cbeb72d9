// Recording what is streamed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "switch.h"

namespace callsim {

/// A tap of the same mix as the module's. Keeps the audio in memory, since nothing on a media
/// thread may wait for a disk. Must outlive the call.
class Recorder {
 public:
  /// `mix` is mono, mixed or stereo, as given to start.
  Recorder(const std::string& call_uuid, const std::string& mix);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder() = default;

  /// Writes a 16-bit WAV file. Throws std::runtime_error naming the file if it cannot.
  void save(const std::filesystem::path& file) const;

 private:
  static switch_bool_t on_bug(switch_media_bug_t* bug, void* self, switch_abc_type_t type);
  void read(switch_media_bug_t* bug);
  mutable std::mutex mutex_;
  std::vector<std::int16_t> samples_;
  std::uint32_t rate_ = 8000;
  std::uint32_t channels_ = 1;
};

}  // namespace callsim
