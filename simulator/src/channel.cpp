// Channel state, flags, answer and hangup.
#include <array>
#include <cstddef>
#include <cstdlib>

#include "channel_hooks.hpp"
#include "session_state.hpp"

namespace {

struct CauseName {
  switch_call_cause_t cause;
  const char* name;
};
constexpr std::array kCauses = {
    CauseName{SWITCH_CAUSE_NONE, "NONE"},
    CauseName{SWITCH_CAUSE_UNALLOCATED_NUMBER, "UNALLOCATED_NUMBER"},
    CauseName{SWITCH_CAUSE_NO_ROUTE_DESTINATION, "NO_ROUTE_DESTINATION"},
    CauseName{SWITCH_CAUSE_CHANNEL_UNACCEPTABLE, "CHANNEL_UNACCEPTABLE"},
    CauseName{SWITCH_CAUSE_NORMAL_CLEARING, "NORMAL_CLEARING"},
    CauseName{SWITCH_CAUSE_USER_BUSY, "USER_BUSY"},
    CauseName{SWITCH_CAUSE_NO_USER_RESPONSE, "NO_USER_RESPONSE"},
    CauseName{SWITCH_CAUSE_NO_ANSWER, "NO_ANSWER"},
    CauseName{SWITCH_CAUSE_CALL_REJECTED, "CALL_REJECTED"},
    CauseName{SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER, "DESTINATION_OUT_OF_ORDER"},
    CauseName{SWITCH_CAUSE_NORMAL_UNSPECIFIED, "NORMAL_UNSPECIFIED"},
    CauseName{SWITCH_CAUSE_NORMAL_TEMPORARY_FAILURE, "NORMAL_TEMPORARY_FAILURE"},
    CauseName{SWITCH_CAUSE_SWITCH_CONGESTION, "SWITCH_CONGESTION"},
    CauseName{SWITCH_CAUSE_REQUESTED_CHAN_UNAVAIL, "REQUESTED_CHAN_UNAVAIL"},
    CauseName{SWITCH_CAUSE_SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE"},
    CauseName{SWITCH_CAUSE_INCOMPATIBLE_DESTINATION, "INCOMPATIBLE_DESTINATION"},
    CauseName{SWITCH_CAUSE_RECOVERY_ON_TIMER_EXPIRE, "RECOVERY_ON_TIMER_EXPIRE"},
    CauseName{SWITCH_CAUSE_ORIGINATOR_CANCEL, "ORIGINATOR_CANCEL"},
    CauseName{SWITCH_CAUSE_SYSTEM_SHUTDOWN, "SYSTEM_SHUTDOWN"},
    CauseName{SWITCH_CAUSE_MANAGER_REQUEST, "MANAGER_REQUEST"},
    CauseName{SWITCH_CAUSE_BLIND_TRANSFER, "BLIND_TRANSFER"},
    CauseName{SWITCH_CAUSE_ATTENDED_TRANSFER, "ATTENDED_TRANSFER"},
    CauseName{SWITCH_CAUSE_ALLOTTED_TIMEOUT, "ALLOTTED_TIMEOUT"},
    CauseName{SWITCH_CAUSE_MEDIA_TIMEOUT, "MEDIA_TIMEOUT"}};

constexpr std::array kStates = {"CS_NEW",          "CS_INIT",          "CS_ROUTING",
                                "CS_SOFT_EXECUTE", "CS_EXECUTE",       "CS_EXCHANGE_MEDIA",
                                "CS_PARK",         "CS_CONSUME_MEDIA", "CS_HIBERNATE",
                                "CS_RESET",        "CS_HANGUP",        "CS_REPORTING",
                                "CS_DESTROY",      "CS_NONE"};

void fire(switch_channel_t* channel, switch_event_types_t id) {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, id) != SWITCH_STATUS_SUCCESS) return;
  switch_channel_event_set_data(channel, event);
  switch_event_fire(&event);
}

bool is_down(const switch_channel_t* channel) {
  return channel->hangup_cause != SWITCH_CAUSE_NONE || channel->state >= CS_HANGUP;
}

}  // namespace

switch_channel_state_t switch_channel_get_state(switch_channel_t* channel) {
  return channel->state;
}

int switch_channel_check_signal(switch_channel_t*, switch_bool_t) {
  return 0;
}

int switch_channel_test_ready(switch_channel_t* channel, switch_bool_t check_ready,
                              switch_bool_t check_media) {
  if (check_media == SWITCH_TRUE) {
    const bool media = switch_channel_media_up(channel) &&
                       switch_channel_test_flag(channel, CF_PROXY_MODE) == 0 &&
                       switch_core_session_get_read_codec(channel->session) != nullptr &&
                       switch_core_session_get_write_codec(channel->session) != nullptr;
    if (!media) return 0;
    if (check_ready == SWITCH_FALSE) return 1;
  }
  if (check_ready == SWITCH_FALSE) return 0;
  const switch_channel_state_t state = channel->state;
  return static_cast<int>(channel->hangup_cause == SWITCH_CAUSE_NONE && state > CS_ROUTING &&
                          state < CS_HANGUP && state != CS_RESET &&
                          switch_channel_test_flag(channel, CF_TRANSFER) == 0 &&
                          switch_channel_test_flag(channel, CF_NOT_READY) == 0);
}

uint32_t switch_channel_test_flag(switch_channel_t* channel, switch_channel_flag_t flag) {
  return channel->flags.at(flag);
}
void switch_channel_set_flag_value(switch_channel_t* channel, switch_channel_flag_t flag,
                                   uint32_t value) {
  channel->flags.at(flag) = value;
}
void switch_channel_clear_flag(switch_channel_t* channel, switch_channel_flag_t flag) {
  channel->flags.at(flag) = 0;
}
uint32_t switch_channel_test_cap(switch_channel_t* channel, switch_channel_cap_t cap) {
  return channel->capabilities.at(cap);
}
void switch_channel_set_cap_value(switch_channel_t* channel, switch_channel_cap_t cap,
                                  uint32_t value) {
  channel->capabilities.at(cap) = value;
}

char* switch_channel_get_name(switch_channel_t* channel) {
  return channel->name.empty() ? const_cast<char*>("N/A") : channel->name.data();
}
char* switch_channel_get_uuid(switch_channel_t* channel) {
  return channel->session->uuid.data();
}
switch_core_session_t* switch_channel_get_session(switch_channel_t* channel) {
  return channel->session;
}
switch_call_direction_t switch_channel_direction(switch_channel_t* channel) {
  return switch_channel_test_flag(channel, CF_OUTBOUND) != 0 ? SWITCH_CALL_DIRECTION_OUTBOUND
                                                             : SWITCH_CALL_DIRECTION_INBOUND;
}
switch_call_cause_t switch_channel_get_cause(switch_channel_t* channel) {
  return channel->hangup_cause;
}

switch_status_t switch_channel_perform_pre_answer(switch_channel_t* channel, const char* file,
                                                  const char* func, int line) {
  if (is_down(channel)) return SWITCH_STATUS_FALSE;
  if (switch_channel_media_up(channel)) return SWITCH_STATUS_SUCCESS;
  if (!channel->session->endpoint.bring_media_up()) {
    switch_channel_perform_hangup(channel, file, func, line, SWITCH_CAUSE_INCOMPATIBLE_DESTINATION);
    return SWITCH_STATUS_FALSE;
  }
  switch_log_printf(SWITCH_CHANNEL_ID_LOG, file, func, line, switch_channel_get_uuid(channel),
                    SWITCH_LOG_NOTICE, "Pre-Answer %s!\n", channel->name.c_str());
  switch_channel_set_flag(channel, CF_EARLY_MEDIA);
  switch_channel_set_variable(channel, "endpoint_disposition", "EARLY MEDIA");
  fire(channel, SWITCH_EVENT_CHANNEL_PROGRESS_MEDIA);
  simulator::execute_on(channel, {"execute_on_pre_answer", "execute_on_media"});
  simulator::api_on(channel, {"api_on_pre_answer", "api_on_media"});
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_channel_perform_answer(switch_channel_t* channel, const char* file,
                                              const char* func, int line) {
  if (is_down(channel)) return SWITCH_STATUS_FALSE;
  if (switch_channel_test_flag(channel, CF_ANSWERED) != 0) return SWITCH_STATUS_SUCCESS;
  if (!channel->session->endpoint.bring_media_up()) {
    switch_channel_perform_hangup(channel, file, func, line, SWITCH_CAUSE_INCOMPATIBLE_DESTINATION);
    return SWITCH_STATUS_FALSE;
  }
  switch_log_printf(SWITCH_CHANNEL_ID_LOG, file, func, line, switch_channel_get_uuid(channel),
                    SWITCH_LOG_NOTICE, "Channel [%s] has been answered\n", channel->name.c_str());
  switch_channel_set_flag(channel, CF_ANSWERED);
  switch_channel_set_variable(channel, "endpoint_disposition", "ANSWER");
  fire(channel, SWITCH_EVENT_CHANNEL_ANSWER);
  simulator::execute_on(channel, {"execute_on_answer"});
  if (switch_channel_test_flag(channel, CF_EARLY_MEDIA) == 0) {
    simulator::execute_on(channel, {"execute_on_media"});
    simulator::api_on(channel, {"api_on_media"});
  }
  simulator::api_on(channel, {"api_on_answer"});
  return SWITCH_STATUS_SUCCESS;
}

switch_channel_state_t switch_channel_perform_hangup(switch_channel_t* channel, const char* file,
                                                     const char* func, int line,
                                                     switch_call_cause_t hangup_cause) {
  if (channel->hanging_up.exchange(true)) return channel->state;  // one per customer
  const switch_channel_state_t before = channel->state.exchange(CS_HANGUP);
  channel->hangup_cause = hangup_cause;
  switch_log_printf(SWITCH_CHANNEL_ID_LOG, file, func, line, switch_channel_get_uuid(channel),
                    SWITCH_LOG_NOTICE, "Hangup %s [%s] [%s]\n", channel->name.c_str(),
                    switch_channel_state_name(before), switch_channel_cause2str(hangup_cause));
  fire(channel, SWITCH_EVENT_CHANNEL_HANGUP);
  channel->session->endpoint.on_hangup();
  return CS_HANGUP;
}

const char* switch_channel_cause2str(switch_call_cause_t cause) {
  for (const CauseName& each : kCauses) {
    if (each.cause == cause) return each.name;
  }
  return "UNKNOWN";
}

switch_call_cause_t switch_channel_str2cause(const char* str) {
  if (zstr(str)) return SWITCH_CAUSE_NORMAL_CLEARING;
  if (*str >= '0' && *str <= '9') return static_cast<switch_call_cause_t>(std::atoi(str));
  for (const CauseName& each : kCauses) {
    if (strcasecmp(each.name, str) == 0) return each.cause;
  }
  return SWITCH_CAUSE_NORMAL_CLEARING;
}

const char* switch_channel_state_name(switch_channel_state_t state) {
  return kStates.at(static_cast<std::size_t>(state));
}
