#include "freeswitch/live_configuration.hpp"

#include <utility>
#include <vector>

#include "freeswitch/config_file.hpp"

namespace audio_stream::freeswitch {

LiveConfiguration::LiveConfiguration(stream::Log& log) : log_{log} {
  stream::Configuration configuration;
  if (const auto file = read_config_file()) {
    configuration = checked(*file);
  } else {
    log_.write(stream::Severity::notice, "", "there is no audio_stream.conf: every default holds");
  }
  io_threads_ = configuration.io_threads();
  now_ = std::make_shared<const stream::Configuration>(std::move(configuration));
}

std::shared_ptr<const stream::Configuration> LiveConfiguration::now() const {
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
  auto renewed = std::make_shared<const stream::Configuration>(checked(*file));
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

stream::Configuration LiveConfiguration::checked(const stream::ConfigurationFile& file) const {
  std::vector<std::string> warnings;
  stream::Configuration configuration{file, warnings};
  for (const auto& warning : warnings) log_.write(stream::Severity::warning, "", warning);
  return configuration;
}

}  // namespace audio_stream::freeswitch
