#pragma once

#include <switch.h>

#include <string>
#include <vector>

namespace audio_stream::freeswitch {

/// The headers that identify a call, copied at `start` for events that are fired after the call's
/// end. They are kept as one text because each stream keeps them all its life: a switch_event_t
/// takes five times the memory.
class RememberedHeaders {
 public:
  explicit RememberedHeaders(switch_channel_t* channel);

  void add_to(switch_event_t* event) const;

 private:
  std::string text_;  // name NUL value NUL, for each header
};

/// Removes from `event` each variable whose value contains one of `secrets`, and each header whose
/// name is that of a secret setting. An event has all of the channel's variables, which may hold
/// the command itself or its parts.
void remove_secrets(switch_event_t* event, const std::vector<std::string>& secrets);

}  // namespace audio_stream::freeswitch
