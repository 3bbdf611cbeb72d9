#pragma once

#include <initializer_list>

#include "switch.h"

namespace simulator {

/// Runs, on the calling thread, the application or the API command in each of these variables of
/// the channel, as the core does when a call is answered or gets early media. The real core takes
/// every variable whose name begins so.
void execute_on(switch_channel_t* channel, std::initializer_list<const char*> variables);
void api_on(switch_channel_t* channel, std::initializer_list<const char*> variables);

}  // namespace simulator
