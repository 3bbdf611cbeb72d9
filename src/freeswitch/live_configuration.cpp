#include "freeswitch/live_configuration.hpp"

#include <switch.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "freeswitch/config_file.hpp"

namespace audio_stream::freeswitch {
namespace {

constexpr const char* kNeedsConfiguration = "audio_stream_needs_configuration";

}  // namespace

LiveConfiguration::LiveConfiguration(stream::Log& log) : log_{log} {
  control::Configuration configuration;
  if (const auto file = read_config_file()) {
    configuration = checked(*file);
  } else {
    configuration = without_file();
  }
  io_threads_ = configuration.io_threads();
  now_ = std::make_shared<const control::Configuration>(std::move(configuration));
}

/// The file may be missing for a while only (mod_xml_curl has no server), and allowed-hosts with
/// it.
control::Configuration LiveConfiguration::without_file() const {
  struct Free {
    void operator()(char* text) const noexcept { std::free(text); }  // NOLINT: the core's malloc()
  };
  const std::unique_ptr<char, Free> needed{switch_core_get_variable_dup(kNeedsConfiguration)};
  if (needed && switch_true(needed.get()) != 0) {
    const std::string why = std::string{"there is no audio_stream.conf, and the global variable "} +
                            kNeedsConfiguration + " asks for one";
    log_.write(stream::Severity::error, "",
               why + ": every start is refused until a reload finds it");
    return control::Configuration::refusing(why);
  }
  log_.write(
      stream::Severity::warning, "",
      "there is no audio_stream.conf: every default holds, and streams may go to any server");
  return {};
}

std::shared_ptr<const control::Configuration> LiveConfiguration::now() const {
  const std::lock_guard lock{mutex_};
  return now_;
}

tl::expected<void, std::string> LiveConfiguration::reload() {
  const std::lock_guard one_at_a_time{reloading_};
  const auto file = read_config_file();
  if (!file) {
    return tl::unexpected<std::string>(
        "the switch has no audio_stream.conf: what held before still holds");
  }
  auto renewed = std::make_shared<const control::Configuration>(checked(*file));
  if (renewed->io_threads() != io_threads_) {
    log_.write(stream::Severity::warning, "",
               file->name + ", settings: io-threads is \"" + std::to_string(renewed->io_threads()) +
                   "\", was \"" + std::to_string(io_threads_) +
                   "\" at load: it takes effect when the module is loaded again");
  }
  const std::lock_guard lock{mutex_};
  now_ = std::move(renewed);
  return {};
}

control::Configuration LiveConfiguration::checked(const control::ConfigurationFile& file) const {
  std::vector<std::string> warnings;
  control::Configuration configuration{file, warnings};
  for (const auto& warning : warnings) log_.write(stream::Severity::warning, "", warning);
  return configuration;
}

}  // namespace audio_stream::freeswitch
