// What an application or a command does with a call.
#include <string>

#include "session_state.hpp"

namespace {

const char* or_else(const char* text, const char* otherwise) {
  return zstr(text) ? otherwise : text;
}

/// The bridge of `channel`, if there is one, is over: the other leg is hung up, unless it is
/// transferred too.
void leave_bridge(switch_channel_t* channel) {
  const char* uuid = switch_channel_get_variable(channel, SWITCH_BRIDGE_VARIABLE);
  switch_core_session_t* other = switch_core_session_locate(uuid);
  if (other == nullptr) return;
  for (switch_channel_t* each : {channel, &other->channel}) {
    switch_channel_set_variable(each, SWITCH_BRIDGE_VARIABLE, nullptr);
  }
  if (switch_channel_test_flag(&other->channel, CF_REDIRECT) == 0) {
    switch_channel_hangup(&other->channel, SWITCH_CAUSE_NORMAL_CLEARING);
  }
  switch_core_session_rwunlock(other);
}

}  // namespace

switch_status_t switch_ivr_session_transfer(switch_core_session_t* session, const char* extension,
                                            const char* dialplan, const char* context) {
  switch_channel_t* channel = &session->channel;
  simulator::CallerProfile profile;
  {
    const std::lock_guard lock(channel->profile_mutex);
    simulator::CallerProfile& kept = channel->profile;
    kept.destination_number = or_else(extension, "service");
    kept.dialplan = or_else(dialplan, or_else(kept.dialplan.c_str(), "XML"));
    kept.context = or_else(context, or_else(kept.context.c_str(), "default"));
    profile = kept;
  }
  leave_bridge(channel);
  switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_NOTICE,
                    "Transfer %s to %s[%s@%s]\n", channel->name.c_str(), profile.dialplan.c_str(),
                    profile.destination_number.c_str(), profile.context.c_str());
  const std::string source =
      "bl_xfer:" + profile.destination_number + "/" + profile.context + "/" + profile.dialplan;
  return switch_channel_set_variable_var_check(channel, SWITCH_TRANSFER_SOURCE_VARIABLE,
                                               source.c_str(), SWITCH_FALSE);
}
