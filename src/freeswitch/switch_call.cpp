#include "freeswitch/switch_call.hpp"

#include <new>
#include <string>
#include <utility>

#include "freeswitch/call_commands.hpp"
#include "freeswitch/held.hpp"
#include "freeswitch/locked_session.hpp"

namespace audio_stream::freeswitch {

SwitchCall::SwitchCall(switch_core_session_t* session, std::string stream_name,
                       std::vector<std::string> secrets, switch_thread_rwlock_t* module_lock)
    : uuid_{switch_core_session_get_uuid(session)},
      stream_name_{std::move(stream_name)},
      secrets_{std::move(secrets)},
      remembered_{switch_core_session_get_channel(session)},
      module_lock_{module_lock},
      tap_{uuid_, module_lock} {
  // The core unloads a module only if it can write-lock this. Otherwise it says "Module in use.".
  switch_thread_rwlock_rdlock(module_lock_);
}

void SwitchCall::describe_call(switch_event_t* event) const {
  if (const LockedSession session = locate(uuid_)) {
    switch_channel_event_set_data(switch_core_session_get_channel(session.get()), event);
  } else {
    remembered_.add_to(event);
  }
  remove_secrets(event, secrets_);
}

SwitchCall::~SwitchCall() {
  ended();
}

void SwitchCall::ended() noexcept {
  if (auto* lock = std::exchange(module_lock_, nullptr)) switch_thread_rwlock_unlock(lock);
}

tl::expected<void, std::string> SwitchCall::perform(const stream::CallCommand& command) noexcept {
  return freeswitch::perform(uuid_, command);
}

bool SwitchCall::should_be_read() noexcept {
  const LockedSession session = locate(uuid_);
  if (!session) return false;
  switch_channel_t* channel = switch_core_session_get_channel(session.get());
  return switch_channel_media_ready(channel) != 0 && !is_held(channel) &&
         switch_channel_test_flag(channel, CF_PROXY_MODE) == 0 &&
         switch_channel_test_flag(channel, CF_PROXY_MEDIA) == 0;
}

void SwitchCall::emit(const stream::Event& event) noexcept {
  switch_event_t* out = nullptr;
  if (switch_event_create_subclass(&out, SWITCH_EVENT_CUSTOM, stream::subclass_of(event.kind)) !=
      SWITCH_STATUS_SUCCESS) {
    return;
  }
  try {
    describe_call(out);
  } catch (const std::bad_alloc&) {
    // Without memory remove_secrets() may not have finished: fire the event without the call's
    // headers rather than with its secrets.
    switch_event_destroy(&out);
    if (switch_event_create_subclass(&out, SWITCH_EVENT_CUSTOM, stream::subclass_of(event.kind)) !=
        SWITCH_STATUS_SUCCESS) {
      return;
    }
    switch_event_add_header_string(out, SWITCH_STACK_BOTTOM, "Unique-ID", uuid_.c_str());
  }
  switch_event_add_header_string(out, SWITCH_STACK_BOTTOM, "Stream-Name", stream_name_.c_str());
  switch_event_add_header_string(out, SWITCH_STACK_BOTTOM, "Stream-Final",
                                 event.final ? "true" : "false");
  for (const auto& [name, value] : event.headers) {
    switch_event_add_header_string(out, SWITCH_STACK_BOTTOM, name, value.c_str());
  }
  if (event.full_length > 0) {
    switch_event_add_header_string(out, SWITCH_STACK_BOTTOM, "Stream-Truncated",
                                   std::to_string(event.full_length).c_str());
  }
  switch_event_add_body(out, "%s", event.body.c_str());
  switch_event_fire(&out);
}

}  // namespace audio_stream::freeswitch
