#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "control/options.hpp"

namespace audio_stream::control {

/// A configuration file as it was found: names and values, not yet looked at.
struct ConfigurationFile {
  struct Entry {
    std::string name;
    std::string value;
  };
  struct Profile {
    std::string name;
    std::vector<Entry> entries;
  };

  std::string name;  ///< for messages
  std::vector<Entry> settings;
  std::vector<Profile> profiles;
};

/// What an administrator set for all streams, and for those that ask for a profile. Never changes:
/// a reload makes another one.
class Configuration {
 public:
  /// Every default.
  Configuration() = default;
  /// What is wrong in `file` is named in `warnings`, each with its place and value, and is left
  /// out. Only a bad value without which a stream would lack its authorization stays: see
  /// options().
  Configuration(const ConfigurationFile& file, std::vector<std::string>& warnings);

  /// For a module that has no configuration and needs one: options() fails with `why`.
  static Configuration refusing(std::string why) {
    Configuration configuration;
    configuration.refusal_ = std::move(why);
    return configuration;
  }

  /// 0: as many as the engine thinks right.
  [[nodiscard]] unsigned io_threads() const noexcept { return io_threads_; }

  /// For a person: the names of what is set, without the values.
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] bool sets_the_same_as(const Configuration& other) const;

  /// What holds for a stream that starts: the call's variables, else the profile's value, else the
  /// module's, else the default. An error if there is no such profile (empty: none is asked for),
  /// or if something is bad that no default can stand in for.
  [[nodiscard]] tl::expected<Options, std::string> options(
      const std::string& profile, const VariableLookup& variables,
      std::vector<std::string>& warnings) const;

 private:
  struct Section {
    Place place = Place::settings;
    std::string where;  ///< for messages
    std::map<std::string, std::string, std::less<>> values;

    [[nodiscard]] Layer layer() const;
  };
  class Reader;

  std::string refusal_;  ///< empty: none
  unsigned io_threads_ = 0;
  Section settings_;
  std::map<std::string, Section, std::less<>> profiles_;
};

}  // namespace audio_stream::control
