#pragma once

#include <switch.h>

#include <optional>
#include <string>

#include "control/layers.hpp"

namespace audio_stream::freeswitch {

/// The variables of a channel, which the caller keeps locked while the lookup is used. A variable
/// that the channel does not have is looked up among the global ones.
inline control::VariableLookup variables_of(switch_channel_t* channel) {
  return [channel](const char* name) -> std::optional<std::string> {
    const char* value = switch_channel_get_variable(channel, name);
    if (value == nullptr) return std::nullopt;
    return std::string{value};
  };
}

}  // namespace audio_stream::freeswitch
