#pragma once

#include <switch.h>

#include "freeswitch/commands.hpp"

namespace audio_stream::freeswitch {

/// Passes on to the commands when a call is put on hold or resumed, while it lives. The core fires
/// an event for both.
class HoldEvents {
 public:
  explicit HoldEvents(Commands& commands);
  HoldEvents(const HoldEvents&) = delete;
  HoldEvents& operator=(const HoldEvents&) = delete;
  /// Waits for a handler that runs.
  ~HoldEvents();

 private:
  static void on_event(switch_event_t* event) noexcept;

  switch_event_node_t* hold_ = nullptr;
  switch_event_node_t* unhold_ = nullptr;
};

}  // namespace audio_stream::freeswitch
