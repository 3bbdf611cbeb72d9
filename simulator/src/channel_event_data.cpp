// Describing a channel in an event.
#include <array>
#include <string>

#include "session_state.hpp"

namespace {

// The event types that carry every channel variable even without verbose events.
constexpr std::array kVerbose = {SWITCH_EVENT_CHANNEL_CREATE,
                                 SWITCH_EVENT_CHANNEL_ORIGINATE,
                                 SWITCH_EVENT_CHANNEL_UUID,
                                 SWITCH_EVENT_CHANNEL_ANSWER,
                                 SWITCH_EVENT_CHANNEL_PARK,
                                 SWITCH_EVENT_CHANNEL_UNPARK,
                                 SWITCH_EVENT_CHANNEL_BRIDGE,
                                 SWITCH_EVENT_CHANNEL_UNBRIDGE,
                                 SWITCH_EVENT_CHANNEL_PROGRESS,
                                 SWITCH_EVENT_CHANNEL_PROGRESS_MEDIA,
                                 SWITCH_EVENT_CHANNEL_HANGUP,
                                 SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE,
                                 SWITCH_EVENT_REQUEST_PARAMS,
                                 SWITCH_EVENT_CHANNEL_DATA,
                                 SWITCH_EVENT_CHANNEL_EXECUTE,
                                 SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE,
                                 SWITCH_EVENT_CHANNEL_DESTROY,
                                 SWITCH_EVENT_SESSION_HEARTBEAT,
                                 SWITCH_EVENT_API,
                                 SWITCH_EVENT_RECORD_START,
                                 SWITCH_EVENT_RECORD_STOP,
                                 SWITCH_EVENT_PLAYBACK_START,
                                 SWITCH_EVENT_PLAYBACK_STOP,
                                 SWITCH_EVENT_CALL_UPDATE,
                                 SWITCH_EVENT_MEDIA_BUG_START,
                                 SWITCH_EVENT_MEDIA_BUG_STOP,
                                 SWITCH_EVENT_CHANNEL_HOLD,
                                 SWITCH_EVENT_CHANNEL_UNHOLD,
                                 SWITCH_EVENT_TEXT,
                                 SWITCH_EVENT_CUSTOM};

void add(switch_event_t* event, const char* name, const char* value) {
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, value);
}

const char* answer_state(switch_channel_t* channel) {
  if (switch_channel_down_nosig(channel)) return "hangup";
  if (switch_channel_test_flag(channel, CF_ANSWERED) != 0) return "answered";
  return switch_channel_test_flag(channel, CF_EARLY_MEDIA) != 0 ? "early" : "ringing";
}

const char* call_state(switch_channel_t* channel) {
  if (switch_channel_down_nosig(channel)) return "HANGUP";
  if (switch_channel_test_flag(channel, CF_HOLD) != 0) return "HELD";
  if (switch_channel_test_flag(channel, CF_ANSWERED) != 0) return "ACTIVE";
  return switch_channel_test_flag(channel, CF_EARLY_MEDIA) != 0 ? "EARLY" : "RINGING";
}

void add_codec(switch_event_t* event, const std::string& direction,
               const switch_codec_implementation_t& codec) {
  if (codec.iananame == nullptr) return;
  const std::string prefix = "Channel-" + direction + "-Codec-";
  add(event, (prefix + "Name").c_str(), codec.iananame);
  add(event, (prefix + "Rate").c_str(), std::to_string(codec.actual_samples_per_second).c_str());
  add(event, (prefix + "Bit-Rate").c_str(), std::to_string(codec.bits_per_second).c_str());
}

}  // namespace

void switch_channel_event_set_basic_data(switch_channel_t* channel, switch_event_t* event) {
  const std::lock_guard lock(channel->profile_mutex);
  const bool outbound = switch_channel_direction(channel) == SWITCH_CALL_DIRECTION_OUTBOUND;
  const char* direction = outbound ? "outbound" : "inbound";
  const char* uuid = switch_channel_get_uuid(channel);
  add(event, "Channel-State", switch_channel_state_name(channel->state));
  add(event, "Channel-Call-State", call_state(channel));
  add(event, "Channel-State-Number", std::to_string(channel->state).c_str());
  add(event, "Channel-Name", switch_channel_get_name(channel));
  add(event, "Unique-ID", uuid);
  add(event, "Call-Direction", direction);
  add(event, "Presence-Call-Direction", direction);
  add(event, "Channel-HIT-Dialplan", outbound ? "false" : "true");
  const char* call_uuid = switch_channel_get_variable_dup(channel, "call_uuid", SWITCH_FALSE, -1);
  add(event, "Channel-Call-UUID", call_uuid != nullptr ? call_uuid : uuid);
  add(event, "Answer-State", answer_state(channel));
  if (channel->hangup_cause != SWITCH_CAUSE_NONE) {
    add(event, "Hangup-Cause", switch_channel_cause2str(channel->hangup_cause));
  }
  switch_codec_implementation_t codec{};
  switch_core_session_get_read_impl(channel->session, &codec);
  add_codec(event, "Read", codec);
  switch_core_session_get_write_impl(channel->session, &codec);
  add_codec(event, "Write", codec);

  const simulator::CallerProfile& profile = channel->profile;
  add(event, "Caller-Direction", direction);
  add(event, "Caller-Logical-Direction", direction);
  add(event, "Caller-Dialplan", profile.dialplan.c_str());
  add(event, "Caller-Caller-ID-Name", profile.caller_id_name.c_str());
  add(event, "Caller-Caller-ID-Number", profile.caller_id_number.c_str());
  add(event, "Caller-ANI", profile.caller_id_number.c_str());
  add(event, "Caller-Destination-Number", profile.destination_number.c_str());
  add(event, "Caller-Unique-ID", uuid);
  add(event, "Caller-Source", profile.source.c_str());
  add(event, "Caller-Context", profile.context.c_str());
  add(event, "Caller-Channel-Name", channel->name.c_str());
}

void switch_channel_event_set_extended_data(switch_channel_t* channel, switch_event_t* event) {
  bool verbose = (switch_core_flags() & SCF_VERBOSE_EVENTS) != 0 ||
                 switch_channel_test_flag(channel, CF_VERBOSE_EVENTS) != 0;
  for (const switch_event_types_t each : kVerbose) verbose |= each == event->event_id;
  if (!verbose) return;
  const std::lock_guard lock(channel->profile_mutex);
  for (const auto* header = channel->variables.headers; header != nullptr; header = header->next) {
    add(event, (std::string("variable_") + header->name).c_str(), header->value);
  }
}

void switch_channel_event_set_data(switch_channel_t* channel, switch_event_t* event) {
  const std::lock_guard lock(channel->profile_mutex);
  switch_channel_event_set_basic_data(channel, event);
  switch_channel_event_set_extended_data(channel, event);
}
