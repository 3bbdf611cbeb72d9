#pragma once

#include <switch.h>

#include <string>
#include <vector>

namespace audio_stream::freeswitch {

/// One warning for each variable of the channel whose name resembles a variable of this module.
std::vector<std::string> misspelt_variables(switch_channel_t* channel);

}  // namespace audio_stream::freeswitch
