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
    configuration = checked(*file).configuration;
  } else {
    configuration = without_file();
  }
  io_threads_ = configuration.io_threads();
  now_ = std::make_shared<const control::Configuration>(std::move(configuration));
}

/// The file, with allowed-hosts in it, may be missing only for a while: mod_xml_curl can't reach
/// its server.
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

tl::expected<std::string, std::string> LiveConfiguration::reload() {
  constexpr const char* kStays = ": what held before still holds";
  const std::lock_guard one_at_a_time{reloading_};
  if (const auto read = reload_xml(); !read) {
    return tl::unexpected("the switch can't read its configuration files: " + read.error() +
                          kStays);
  }
  const auto file = read_config_file();
  if (!file) {
    return tl::unexpected(std::string{"the switch has no audio_stream.conf"} + kStays);
  }
  auto [configuration, warnings] = checked(*file);
  auto renewed = std::make_shared<const control::Configuration>(std::move(configuration));
  if (renewed->io_threads() != io_threads_) {
    log_.write(stream::Severity::warning, "",
               file->name + ", settings: io-threads is \"" + std::to_string(renewed->io_threads()) +
                   "\", was \"" + std::to_string(io_threads_) +
                   "\" at load: it takes effect when the module is loaded again");
    ++warnings;
  }
  std::string taken = file->name + " has " + renewed->summary();
  if (warnings > 0) taken += "; " + std::to_string(warnings) + " warning(s) in the log";
  const std::lock_guard lock{mutex_};
  if (renewed->sets_the_same_as(*now_)) taken += "; nothing has changed";
  now_ = std::move(renewed);
  return taken;
}

LiveConfiguration::Checked LiveConfiguration::checked(
    const control::ConfigurationFile& file) const {
  std::vector<std::string> warnings;
  control::Configuration configuration{file, warnings};
  for (const auto& warning : warnings) log_.write(stream::Severity::warning, "", warning);
  log_.write(stream::Severity::info, "", file.name + " has " + configuration.summary());
  return {std::move(configuration), warnings.size()};
}

}  // namespace audio_stream::freeswitch
