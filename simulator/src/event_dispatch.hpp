// Delivering events, in order, on a thread of their own.
#pragma once

#include <cstddef>

namespace simulator {

void start_event_dispatch();
/// Delivers what is queued, then stops. Events fired from then on are dropped.
void stop_event_dispatch();
std::size_t event_bindings();

}  // namespace simulator
