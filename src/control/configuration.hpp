#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "control/command.hpp"
#include "control/layers.hpp"
#include "control/options.hpp"
#include "dialect/rules/catalog.hpp"

namespace audio_stream::control {

/// The names and values of a configuration file, unchecked.
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
  std::string dialects{};  ///< XML: `<dialects>` with the user's own; empty: none
};

/// The administrator's settings for all streams, and the profiles that a `start` may name.
/// Immutable: a reload makes a new one.
class Configuration {
 public:
  /// With the default of every parameter.
  Configuration() = default;
  /// Each fault in `file` makes a warning with its place and value, and is ignored. A bad value of
  /// an essential parameter stays, and options() fails on it.
  Configuration(const ConfigurationFile& file, std::vector<std::string>& warnings);

  /// For a module that must not start a stream without a configuration: options() fails with `why`.
  static Configuration refusing(std::string why) {
    Configuration configuration;
    configuration.refusal_ = std::move(why);
    return configuration;
  }

  /// 0: the engine chooses.
  [[nodiscard]] unsigned io_threads() const noexcept { return io_threads_; }

  /// The built-in dialects and the user's own.
  [[nodiscard]] const dialect::rules::Catalog& dialects() const noexcept { return dialects_; }

  /// For a person: the names of what is set, without the values.
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] bool sets_the_same_as(const Configuration& other) const;

  /// The options of the stream that `command` starts. The command's options win over the channel
  /// variables, these over the command's profile, that over the settings, and these over the
  /// defaults. An error if there is no such profile, if a value is bad that no default can replace,
  /// or if the options do not go together (Options::check()).
  [[nodiscard]] tl::expected<Options, std::string> options(
      StartCommand command, const VariableLookup& variables,
      std::vector<std::string>& warnings) const;

 private:
  struct Section {
    Place place = Place::settings;
    std::string where;  ///< for messages
    std::map<std::string, std::string, std::less<>> values;

    [[nodiscard]] Layer layer() const;
  };
  class Reader;

  std::string refusal_;  ///< why options() fails; empty: it does not
  unsigned io_threads_ = 0;
  std::string dialects_xml_;
  dialect::rules::Catalog dialects_ = dialect::rules::Catalog::built_in();
  Section settings_;
  std::map<std::string, Section, std::less<>> profiles_;
};

}  // namespace audio_stream::control
