// Running what modules offer: API commands and dialplan applications.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "c_memory.hpp"
#include "channel_hooks.hpp"
#include "module_registry.hpp"
#include "session_state.hpp"
#include "violation.hpp"

namespace {

using simulator::guarded;

std::string stripped(const char* text) {
  const std::string all = text == nullptr ? "" : text;
  const char* blanks = " \t\r\n\v";
  const auto first = all.find_first_not_of(blanks);
  if (first == std::string::npos) return {};
  return all.substr(first, all.find_last_not_of(blanks) - first + 1);
}

/// Replaces every ${name} by the channel's variable of that name.
std::string expanded(switch_channel_t* channel, const std::string& text) {
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const auto start = text.find("${", at);
    const auto end = start == std::string::npos ? start : text.find('}', start);
    if (end == std::string::npos) return out + text.substr(at);
    out += text.substr(at, start - at);
    const std::string name = text.substr(start + 2, end - start - 2);
    const char* value = switch_channel_get_variable(channel, name.c_str());
    if (value != nullptr) out += value;
    at = end + 1;
  }
}

void fire(switch_channel_t* channel, switch_event_types_t id, const char* application,
          const std::string& data) {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, id) != SWITCH_STATUS_SUCCESS) return;
  switch_channel_event_set_data(channel, event);
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Application", application);
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Application-Data", data.c_str());
  switch_event_fire(&event);
}

/// "word rest" of the channel's variable, with variables in the rest expanded; nothing if unset.
std::optional<std::pair<std::string, std::string>> hook_in(switch_channel_t* channel,
                                                           const char* variable) {
  const char* value = switch_channel_get_variable(channel, variable);
  if (value == nullptr) return std::nullopt;
  const std::string all{value};
  const auto blank = std::min(all.find(' '), all.size());
  return std::pair{all.substr(0, blank),
                   expanded(channel, all.substr(std::min(blank + 1, all.size())))};
}

}  // namespace

void simulator::execute_on(switch_channel_t* channel,
                           std::initializer_list<const char*> variables) {
  for (const char* variable : variables) {
    const auto hook = hook_in(channel, variable);
    if (!hook) continue;
    switch_core_session_execute_application_get_flags(channel->session, hook->first.c_str(),
                                                      hook->second.c_str(), nullptr);
  }
}

void simulator::api_on(switch_channel_t* channel, std::initializer_list<const char*> variables) {
  for (const char* variable : variables) {
    const auto hook = hook_in(channel, variable);
    if (!hook) continue;
    switch_stream_handle_t stream;
    SWITCH_STANDARD_STREAM(stream);  // NOLINT: the C interface's own memory
    switch_api_execute(hook->first.c_str(), hook->second.c_str(), nullptr, &stream);
    const CString reply(static_cast<char*>(stream.data));
  }
}

switch_status_t switch_api_execute(const char* cmd, const char* arg, switch_core_session_t* session,
                                   switch_stream_handle_t* stream) {
  const std::string command = stripped(cmd);
  const std::string arguments = stripped(arg);  // the command gets "" where the caller gave NULL
  if (stream->param_event == nullptr) switch_event_create(&stream->param_event, SWITCH_EVENT_API);
  switch_event_add_header_string(stream->param_event, SWITCH_STACK_BOTTOM, "API-Command",
                                 command.c_str());
  switch_event_add_header_string(stream->param_event, SWITCH_STACK_BOTTOM, "API-Command-Argument",
                                 arguments.c_str());
  switch_status_t status = SWITCH_STATUS_FALSE;
  {
    const auto api = simulator::find_api(command);
    if (api) {
      status = guarded("an API command",
                       [&] { return api->function(arguments.c_str(), session, stream); });
      if (status != SWITCH_STATUS_SUCCESS) {
        stream->write_function(stream, "COMMAND RETURNED ERROR!\n");
      }
    } else {
      stream->write_function(stream, "INVALID COMMAND!\n");
    }
  }
  switch_event_fire(&stream->param_event);
  return status;
}

switch_status_t switch_core_session_execute_application_get_flags(switch_core_session_t* session,
                                                                  const char* app, const char* arg,
                                                                  int32_t* flags) {
  switch_channel_t* channel = &session->channel;
  const auto application = simulator::find_application(app);
  if (switch_channel_down_nosig(channel) &&
      (!application || (application->flags & SAF_ZOMBIE_EXEC) == 0)) {
    return application ? SWITCH_STATUS_IGNORE : SWITCH_STATUS_FALSE;
  }
  if (!application || application->application_function == nullptr) {
    switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR,
                      "Invalid Application %s\n", app);
    switch_channel_hangup(channel, SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER);
    return SWITCH_STATUS_FALSE;
  }
  if (flags != nullptr && application->flags != 0) {
    *flags = static_cast<int32_t>(application->flags);
  }
  const bool needs_media = (application->flags & SAF_SUPPORT_NOMEDIA) == 0;
  if (needs_media && switch_channel_media_ready(channel) == 0 &&
      switch_channel_test_flag(channel, CF_PROXY_MODE) == 0 &&
      switch_channel_pre_answer(channel) != SWITCH_STATUS_SUCCESS) {
    return SWITCH_STATUS_FALSE;
  }
  const std::string data = expanded(channel, arg == nullptr ? "" : arg);
  switch_log_printf(SWITCH_CHANNEL_UUID_LOG(session->uuid.c_str()), SWITCH_LOG_INFO,
                    "EXECUTE %s %s(%s)\n", channel->name.c_str(), app, data.c_str());
  switch_channel_set_variable(channel, "current_application", app);
  switch_channel_set_variable_safe(channel, "current_application_data", data.c_str());
  fire(channel, SWITCH_EVENT_CHANNEL_EXECUTE, app, data);
  guarded("an application", [&] {
    application->application_function(session, arg == nullptr ? nullptr : data.c_str());
  });
  fire(channel, SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE, app, data);
  return SWITCH_STATUS_SUCCESS;
}
