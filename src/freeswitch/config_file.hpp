#pragma once

#include <optional>

#include "control/configuration.hpp"

namespace audio_stream::freeswitch {

/// audio_stream.conf as the switch has it in memory, where `reloadxml` renews it; nothing if the
/// switch knows none. Any thread but a media callback.
std::optional<control::ConfigurationFile> read_config_file();

}  // namespace audio_stream::freeswitch
