#include "freeswitch/hold_events.hpp"

#include <exception>

namespace audio_stream::freeswitch {

HoldEvents::HoldEvents(Commands& commands) {
  constexpr const char* kModule = "mod_audio_stream";
  switch_event_bind_removable(kModule, SWITCH_EVENT_CHANNEL_HOLD, nullptr, on_event, &commands,
                              &hold_);
  switch_event_bind_removable(kModule, SWITCH_EVENT_CHANNEL_UNHOLD, nullptr, on_event, &commands,
                              &unhold_);
}

HoldEvents::~HoldEvents() {
  if (hold_ != nullptr) switch_event_unbind(&hold_);
  if (unhold_ != nullptr) switch_event_unbind(&unhold_);
}

void HoldEvents::on_event(switch_event_t* event) noexcept {
  const char* uuid = switch_event_get_header(event, "Unique-ID");
  if (uuid == nullptr) return;
  try {
    static_cast<Commands*>(event->bind_user_data)
        ->held(uuid, event->event_id == SWITCH_EVENT_CHANNEL_HOLD);
  } catch (const std::exception& error) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR,
                      "mod_audio_stream: the streams of the call %s were not told of a hold: %s\n",
                      uuid, error.what());
  }
}

}  // namespace audio_stream::freeswitch
