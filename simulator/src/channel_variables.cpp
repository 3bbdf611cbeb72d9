// Channel variables and private data.
#include <cstring>
#include <string>

#include "c_memory.hpp"
#include "global_variables.hpp"
#include "session_state.hpp"

namespace {

const std::string* profile_field(const switch_channel& channel, const char* name) {
  const simulator::CallerProfile& profile = channel.profile;
  const auto is = [name](const char* field) { return strcasecmp(name, field) == 0; };
  if (is("caller_id_name") || is("orig_caller_id_name")) return &profile.caller_id_name;
  if (is("caller_id_number") || is("orig_caller_id_number")) return &profile.caller_id_number;
  if (is("ani")) return &profile.caller_id_number;
  if (is("destination_number")) return &profile.destination_number;
  if (is("context")) return &profile.context;
  if (is("dialplan")) return &profile.dialplan;
  if (is("source")) return &profile.source;
  if (is("uuid")) return &channel.session->uuid;
  if (is("chan_name")) return &channel.name;
  return nullptr;
}

bool looks_expandable(const char* value) {
  return std::strstr(value, "${") != nullptr;
}

}  // namespace

const char* switch_channel_get_variable_dup(switch_channel_t* channel, const char* varname,
                                            switch_bool_t dup, int idx) {
  if (zstr(varname)) return nullptr;
  const std::lock_guard lock(channel->profile_mutex);
  const char* value = switch_event_get_header_idx(&channel->variables, varname, idx);
  if (value == nullptr) {
    if (const std::string* field = profile_field(*channel, varname)) {
      if (!field->empty()) value = field->c_str();
    } else if (const auto global = simulator::global_variable(varname)) {
      return switch_core_session_strdup(channel->session, global->c_str());
    }
  }
  if (value == nullptr) return nullptr;
  return dup == SWITCH_TRUE ? switch_core_session_strdup(channel->session, value) : value;
}

const char* switch_channel_get_variable_strdup(switch_channel_t* channel, const char* varname) {
  const std::lock_guard lock(channel->profile_mutex);
  const char* value = switch_channel_get_variable_dup(channel, varname, SWITCH_FALSE, -1);
  return value == nullptr ? nullptr : simulator::c_string(value).release();
}

switch_status_t switch_channel_get_variable_buf(switch_channel_t* channel, const char* varname,
                                                char* buf, switch_size_t buflen) {
  const std::lock_guard lock(channel->profile_mutex);
  const char* value = switch_channel_get_variable_dup(channel, varname, SWITCH_FALSE, -1);
  if (value == nullptr || buf == nullptr || buflen == 0) return SWITCH_STATUS_FALSE;
  switch_copy_string(buf, value, buflen);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_channel_set_variable_var_check(switch_channel_t* channel,
                                                      const char* varname, const char* value,
                                                      switch_bool_t var_check) {
  if (zstr(varname)) return SWITCH_STATUS_FALSE;
  const std::lock_guard lock(channel->profile_mutex);
  if (zstr(value)) {
    switch_event_del_header(&channel->variables, varname);
  } else if (var_check == SWITCH_TRUE && looks_expandable(value)) {
    switch_log_printf(SWITCH_CHANNEL_CHANNEL_LOG(channel), SWITCH_LOG_CRIT,
                      "Invalid data (${%s} contains a variable)\n", varname);
  } else {
    switch_event_add_header_string(&channel->variables, SWITCH_STACK_BOTTOM, varname, value);
  }
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_channel_set_variable_printf(switch_channel_t* channel, const char* varname,
                                                   const char* fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  const std::string value = simulator::print(fmt, arguments);
  va_end(arguments);
  return switch_channel_set_variable(channel, varname, value.c_str());
}

switch_event_header_t* switch_channel_variable_first(switch_channel_t* channel) {
  channel->profile_mutex.lock();
  if (channel->variables.headers != nullptr) {
    channel->iterating = true;
  } else {
    channel->profile_mutex.unlock();
  }
  return channel->variables.headers;
}

void switch_channel_variable_last(switch_channel_t* channel) {
  if (!channel->iterating) return;
  channel->iterating = false;
  channel->profile_mutex.unlock();
}

switch_status_t switch_channel_set_private(switch_channel_t* channel, const char* key,
                                           const void* private_info) {
  const std::lock_guard lock(channel->profile_mutex);
  if (private_info == nullptr) {
    channel->privates.erase(key);
  } else {
    channel->privates[key] = private_info;
  }
  return SWITCH_STATUS_SUCCESS;
}

void* switch_channel_get_private(switch_channel_t* channel, const char* key) {
  const std::lock_guard lock(channel->profile_mutex);
  const auto found = channel->privates.find(key);
  return found == channel->privates.end() ? nullptr : const_cast<void*>(found->second);
}
