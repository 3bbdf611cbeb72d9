#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include <tl/expected.hpp>

#include "control/configuration.hpp"
#include "stream/ports.hpp"

namespace audio_stream::freeswitch {

/// The configuration that streams start with. It is read when the module is loaded, and again by
/// `reload`. A Configuration never changes: a start that has one keeps it until it is done.
class LiveConfiguration {
 public:
  /// Reads the configuration. An invalid entry is logged, and the module loads all the same.
  /// Without a configuration every default holds, unless the global variable
  /// audio_stream_needs_configuration is true: then every start is refused.
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
  std::mutex reloading_;      // one reload at a time, so that the one read last takes effect
  mutable std::mutex mutex_;  // each start takes it, for a moment
  std::shared_ptr<const control::Configuration> now_;  // guarded by mutex_
  unsigned io_threads_ = 0;  // as set at load; a reload does not change it
};

}  // namespace audio_stream::freeswitch
