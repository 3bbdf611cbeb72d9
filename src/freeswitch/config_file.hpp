#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "control/configuration.hpp"

namespace audio_stream::freeswitch {

/// audio_stream.conf as the switch has it in memory, where `reloadxml` renews it. Nothing if the
/// switch has none. Any thread but a media thread.
std::optional<control::ConfigurationFile> read_config_file();

/// Makes the switch read its files again, as `reloadxml` does. If a file is broken, the switch
/// keeps what it had, and the error says what is wrong.
tl::expected<void, std::string> reload_xml();

}  // namespace audio_stream::freeswitch
