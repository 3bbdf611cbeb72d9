#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include <tl/expected.hpp>

#include "control/configuration.hpp"
#include "stream/ports.hpp"

namespace audio_stream::freeswitch {

/// The configuration that streams start with, read when the module is loaded and renewed by a
/// reload. Whoever has one keeps it for as long as it likes: a reload changes none.
class LiveConfiguration {
 public:
  /// Reads it. What is wrong in it goes into the log; the module loads all the same. If there is
  /// none every default holds, unless the global variable audio_stream_needs_configuration is true:
  /// then no stream starts.
  explicit LiveConfiguration(stream::Log& log);

  [[nodiscard]] std::shared_ptr<const control::Configuration> now() const;

  /// Makes the switch read its files again, and takes the new values for streams that start from
  /// now on. Returns a summary for a person. Fails, and keeps the old values, if a file is broken
  /// or missing.
  tl::expected<std::string, std::string> reload();

 private:
  [[nodiscard]] control::Configuration without_file() const;
  struct Checked {
    control::Configuration configuration;
    std::size_t warnings = 0;
  };
  /// Logs what is wrong in `file`, then one line that says what it sets.
  [[nodiscard]] Checked checked(const control::ConfigurationFile& file) const;

  stream::Log& log_;
  std::mutex reloading_;      // held while one is read, so that the one read last is what holds
  mutable std::mutex mutex_;  // for a moment only: each start takes it
  std::shared_ptr<const control::Configuration> now_;  // guarded by mutex_
  unsigned io_threads_ = 0;  // as they were set at load; constant from then on
};

}  // namespace audio_stream::freeswitch
