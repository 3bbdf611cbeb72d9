#include "control/configuration.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/letter_case.hpp"
#include "base/redacted.hpp"
#include "base/whole_number.hpp"
#include "control/dialect_choice.hpp"
#include "control/parameters.hpp"
#include "control/words.hpp"

namespace audio_stream::control {
namespace {

// A setting of the module, not of a stream, so it is not one of parameters().
constexpr const char* kIoThreads = "io-threads";
constexpr long kMostIoThreads = 64;

constexpr const char* kBufferSize = "STREAM_BUFFER_SIZE";

std::string_view most_similar_name(std::string_view name, Place place) {
  std::vector<std::string_view> known;
  if (place == Place::settings) known.emplace_back(kIoThreads);
  for (const Parameter& parameter : parameters()) {
    if (parameter.place <= place) known.emplace_back(parameter.name);
  }
  return most_similar(name, known);
}

}  // namespace

/// Reads the entries of a file into a Configuration, with a warning for each fault.
class Configuration::Reader {
 public:
  Reader(Configuration& into, std::vector<std::string>& warnings)
      : into_{into}, warnings_{warnings} {}

  void take(Section& section, const std::vector<ConfigurationFile::Entry>& entries) {
    for (const auto& entry : entries) {
      // As with variables, an empty value counts as not set.
      if (!entry.value.empty()) take(section, entry);
    }
    check_together(section);
  }

  void warn(const Section& section, const std::string& text) {
    warnings_.push_back(section.where + ": " + text);
  }

 private:
  void take(Section& section, const ConfigurationFile::Entry& entry) {
    const Parameter* parameter = find_parameter(entry.name);
    const bool for_threads = base::equals_ignoring_case(entry.name, kIoThreads);
    if (parameter == nullptr && !for_threads) {
      // The warning does not show the value: under a misspelt name it may be a secret.
      warn(section, "there is no parameter " + base::quoted(entry.name) + ": left out. Is it " +
                        std::string{most_similar_name(entry.name, section.place)} + "?");
    } else if (section.place < (for_threads ? Place::settings : parameter->place)) {
      warn(section, base::quoted(entry.name) + ", which is " + base::quoted(entry.value) +
                        ", holds for all streams: must be in settings");
    } else if (for_threads) {
      take_io_threads(section, entry.value);
    } else {
      take(section, *parameter, entry.value);
    }
  }

  void take_io_threads(const Section& section, const std::string& value) {
    if (const auto number = base::whole_number(value, 0, kMostIoThreads)) {
      into_.io_threads_ = static_cast<unsigned>(*number);
    } else {
      warn(section, std::string{kIoThreads} + " is " + base::quoted(value) +
                        ", not a number from 0 to 64: using " + std::to_string(into_.io_threads_));
    }
  }

  void take(Section& section, const Parameter& parameter, const std::string& value) {
    Options options;
    if (const auto wrong = parameter.read(value, options)) {
      if (!parameter.essential) {
        warn(section, std::string{parameter.name} + " is " + base::quoted(value) + ", " + *wrong +
                          ": using " + parameter.value_text(known_so_far(section)));
        return;
      }
      warn(section,
           std::string{parameter.name} + ": " + *wrong + ": a start that would use it is refused");
    }
    if (!section.values.insert_or_assign(parameter.name, value).second) {
      warn(section, std::string{parameter.name} + " stands there twice: using the last one");
    }
  }

  Options known_so_far(const Section& section) const {
    Options options;
    std::vector<std::string> told_already;
    const std::array layers{section.layer(), into_.settings_.layer()};
    static_cast<void>(read_parameters(layers, options, told_already));
    return options;
  }

  /// Only a warning, because a variable may add the other one. The other one may stand in another
  /// section too.
  void check_together(const Section& section) {
    const auto tls = known_so_far(section).endpoint.tls;
    if (tls.cert_file.empty() == tls.key_file.empty()) return;
    const bool cert = !tls.cert_file.empty();
    warn(section, std::string{cert ? "STREAM_TLS_CERT_FILE" : "STREAM_TLS_KEY_FILE"} + " is " +
                      base::quoted(cert ? tls.cert_file : tls.key_file) + " without a " +
                      (cert ? "STREAM_TLS_KEY_FILE" : "STREAM_TLS_CERT_FILE") +
                      ": a start is refused unless the call sets it");
  }

  Configuration& into_;
  std::vector<std::string>& warnings_;
};

Layer Configuration::Section::layer() const {
  return {place,
          [this](const char* name) -> std::optional<std::string> {
            const auto found = values.find(name);
            if (found == values.end()) return std::nullopt;
            return found->second;
          },
          where};
}

Configuration::Configuration(const ConfigurationFile& file, std::vector<std::string>& warnings) {
  Reader reader{*this, warnings};
  settings_.where = file.name + ", settings";
  reader.take(settings_, file.settings);
  for (const auto& profile : file.profiles) {
    Section section{Place::profile, file.name + ", profile " + base::quoted(profile.name), {}};
    if (!is_name(profile.name)) {
      reader.warn(section, "its name must be " + std::string{kNameRule} + ": left out");
    } else if (profiles_.contains(profile.name)) {
      reader.warn(section, "there is one of that name already: left out");
    } else {
      reader.take(section, profile.entries);
      profiles_.emplace(profile.name, std::move(section));
    }
  }
  dialects_xml_ = file.dialects;
  if (dialects_xml_.empty()) return;
  for (std::string& fault : dialects_.add(dialects_xml_, file.name)) {
    warnings.push_back(std::move(fault) + ": left out");
  }
}

std::string Configuration::summary() const {
  std::vector<std::string> names;
  if (io_threads_ != 0) names.emplace_back(kIoThreads);
  for (const auto& [name, value] : settings_.values) names.push_back(name);
  std::vector<std::string> profiles;
  for (const auto& [name, section] : profiles_) profiles.push_back(name);
  const auto counted = [](const std::vector<std::string>& all, const char* what) {
    std::string text = std::to_string(all.size()) + " " + what;
    if (!all.empty()) text += " (" + comma_list(all) + ")";
    return text;
  };
  return counted(names, "setting(s)") + " and " + counted(profiles, "profile(s)");
}

bool Configuration::sets_the_same_as(const Configuration& other) const {
  const auto same_profile = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.values == b.second.values;
  };
  return refusal_ == other.refusal_ && io_threads_ == other.io_threads_ &&
         dialects_xml_ == other.dialects_xml_ && settings_.values == other.settings_.values &&
         std::equal(profiles_.begin(), profiles_.end(), other.profiles_.begin(),
                    other.profiles_.end(), same_profile);
}

tl::expected<Options, std::string> Configuration::options(
    StartCommand command, const VariableLookup& variables,
    std::vector<std::string>& warnings) const {
  if (!refusal_.empty()) return tl::unexpected(refusal_);
  std::vector<Layer> layers{layer_of(command), {Place::variable, variables, ""}};
  if (!command.profile.empty()) {
    const auto found = profiles_.find(command.profile);
    if (found == profiles_.end()) {
      std::vector<std::string> names;
      for (const auto& [name, section] : profiles_) names.push_back(name);
      return tl::unexpected("there is no profile " + base::quoted(command.profile) +
                            " (known: " + comma_list(names) + ")");
    }
    layers.push_back(found->second.layer());
  }
  layers.push_back(settings_.layer());
  Options options;
  if (auto read = read_parameters(layers, options, warnings); !read) {
    return tl::unexpected(std::move(read.error()));
  }
  const std::optional<std::uint32_t> rate_hz = command.rate_hz;
  read_arguments(std::move(command), variables, options, warnings);
  const std::uint32_t asked_ms = options.audio.packet_ms;
  if (auto chosen = choose_dialect(dialects_, rate_hz, variables, options); !chosen) {
    return tl::unexpected(std::move(chosen.error()));
  }
  const bool is_asked = asked_ms != AudioOptions{}.packet_ms || variables(kBufferSize).has_value();
  if (is_asked && asked_ms != options.audio.packet_ms) {
    warnings.push_back(std::string{kBufferSize} + " is " + std::to_string(asked_ms) +
                       ", and the dialect " + options.dialect.name + " sends " +
                       std::to_string(options.audio.packet_ms) + " ms at a time: using " +
                       std::to_string(options.audio.packet_ms));
  }
  if (auto checked = options.check(); !checked) return tl::unexpected(std::move(checked.error()));
  return options;
}

}  // namespace audio_stream::control
