#pragma once

#include <switch.h>

#include <string>
#include <vector>

namespace audio_stream::freeswitch {

/// Headers that tell which call an event belongs to, taken while the call is there for events that
/// come when it is gone. As one piece of text: each stream has them all its life, and an event of
/// the switch takes five times as much for the same.
class RememberedHeaders {
 public:
  explicit RememberedHeaders(switch_channel_t* channel);

  void add_to(switch_event_t* event) const;

 private:
  std::string text_;  // name NUL value NUL, again and again
};

/// Takes off `event` every header that holds one of `secrets` in its value, and those that are
/// secret by name: a channel's variables repeat what it was told.
void remove_secrets(switch_event_t* event, const std::vector<std::string>& secrets);

}  // namespace audio_stream::freeswitch
