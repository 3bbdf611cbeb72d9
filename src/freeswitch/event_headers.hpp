#pragma once

#include <switch.h>

#include <memory>
#include <string>
#include <vector>

namespace audio_stream::freeswitch {

struct DestroyEvent {
  void operator()(switch_event_t* event) const noexcept { switch_event_destroy(&event); }
};
using EventPtr = std::unique_ptr<switch_event_t, DestroyEvent>;

/// Headers that tell which call an event belongs to, taken while the call is there for events that
/// come when it is gone.
EventPtr remember_channel(switch_channel_t* channel);

/// Adds what was remembered to `event`.
void add_remembered(switch_event_t* event, const switch_event_t* remembered);

/// Takes off `event` every header that holds one of `secrets` in its value, and those that are
/// secret by name: a channel's variables repeat what it was told.
void remove_secrets(switch_event_t* event, const std::vector<std::string>& secrets);

}  // namespace audio_stream::freeswitch
