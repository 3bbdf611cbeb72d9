/* Channels: state, flags, variables, answer and hangup. */
#ifndef SWITCH_CHANNEL_H
#define SWITCH_CHANNEL_H

SWITCH_BEGIN_EXTERN_C

SWITCH_DECLARE(switch_channel_state_t) switch_channel_get_state(switch_channel_t* channel);
SWITCH_DECLARE(int)
switch_channel_check_signal(switch_channel_t* channel, switch_bool_t in_thread_only);
SWITCH_DECLARE(int)
switch_channel_test_ready(switch_channel_t* channel, switch_bool_t check_ready,
                          switch_bool_t check_media);
#define switch_channel_ready(_channel) \
  switch_channel_test_ready(_channel, SWITCH_TRUE, SWITCH_FALSE)
#define switch_channel_media_ready(_channel) \
  switch_channel_test_ready(_channel, SWITCH_TRUE, SWITCH_TRUE)
#define switch_channel_media_up(_channel)             \
  (switch_channel_test_flag(_channel, CF_ANSWERED) || \
   switch_channel_test_flag(_channel, CF_EARLY_MEDIA))
#define switch_channel_up(_channel)                      \
  (switch_channel_check_signal(_channel, SWITCH_TRUE) || \
   switch_channel_get_state(_channel) < CS_HANGUP)
#define switch_channel_down(_channel)                    \
  (switch_channel_check_signal(_channel, SWITCH_TRUE) || \
   switch_channel_get_state(_channel) >= CS_HANGUP)
#define switch_channel_up_nosig(_channel) (switch_channel_get_state(_channel) < CS_HANGUP)
#define switch_channel_down_nosig(_channel) (switch_channel_get_state(_channel) >= CS_HANGUP)
#define switch_channel_media_ack(_channel)             \
  (!switch_channel_test_cap(_channel, CC_MEDIA_ACK) || \
   switch_channel_test_flag(_channel, CF_MEDIA_ACK))

SWITCH_DECLARE(uint32_t)
switch_channel_test_flag(switch_channel_t* channel, switch_channel_flag_t flag);
SWITCH_DECLARE(void)
switch_channel_set_flag_value(switch_channel_t* channel, switch_channel_flag_t flag,
                              uint32_t value);
SWITCH_DECLARE(void)
switch_channel_clear_flag(switch_channel_t* channel, switch_channel_flag_t flag);
#define switch_channel_set_flag(_c, _f) switch_channel_set_flag_value(_c, _f, 1)
SWITCH_DECLARE(uint32_t)
switch_channel_test_cap(switch_channel_t* channel, switch_channel_cap_t cap);
SWITCH_DECLARE(void)
switch_channel_set_cap_value(switch_channel_t* channel, switch_channel_cap_t cap, uint32_t value);
#define switch_channel_set_cap(_c, _cc) switch_channel_set_cap_value(_c, _cc, 1)

/* Variables. get_variable copies into the session's pool. */
SWITCH_DECLARE(const char*)
switch_channel_get_variable_dup(switch_channel_t* channel, const char* varname, switch_bool_t dup,
                                int idx);
#define switch_channel_get_variable(_c, _v) switch_channel_get_variable_dup(_c, _v, SWITCH_TRUE, -1)
SWITCH_DECLARE(const char*)
switch_channel_get_variable_strdup(switch_channel_t* channel, const char* varname);
SWITCH_DECLARE(switch_status_t)
switch_channel_get_variable_buf(switch_channel_t* channel, const char* varname, char* buf,
                                switch_size_t buflen);
SWITCH_DECLARE(switch_status_t)
switch_channel_set_variable_var_check(switch_channel_t* channel, const char* varname,
                                      const char* value, switch_bool_t var_check);
#define switch_channel_set_variable(_channel, _var, _val) \
  switch_channel_set_variable_var_check(_channel, _var, _val, SWITCH_TRUE)
#define switch_channel_set_variable_safe(_channel, _var, _val) \
  switch_channel_set_variable_var_check(_channel, _var, _val, SWITCH_FALSE)
SWITCH_DECLARE(switch_status_t)
switch_channel_set_variable_printf(switch_channel_t* channel, const char* varname, const char* fmt,
                                   ...);

/* Locks the variables until switch_channel_variable_last(). */
SWITCH_DECLARE(switch_event_header_t*) switch_channel_variable_first(switch_channel_t* channel);
SWITCH_DECLARE(void) switch_channel_variable_last(switch_channel_t* channel);
SWITCH_DECLARE(switch_status_t)
switch_channel_set_private(switch_channel_t* channel, const char* key, const void* private_info);
SWITCH_DECLARE(void*) switch_channel_get_private(switch_channel_t* channel, const char* key);

/* Digits that the channel received, and that applications fetch. Fetching fires DTMF. */
SWITCH_DECLARE(switch_status_t) switch_channel_dtmf_lock(switch_channel_t* channel);
SWITCH_DECLARE(switch_status_t) switch_channel_dtmf_unlock(switch_channel_t* channel);
SWITCH_DECLARE(switch_status_t)
switch_channel_queue_dtmf(switch_channel_t* channel, const switch_dtmf_t* dtmf);
SWITCH_DECLARE(switch_size_t) switch_channel_has_dtmf(switch_channel_t* channel);
SWITCH_DECLARE(switch_status_t)
switch_channel_dequeue_dtmf(switch_channel_t* channel, switch_dtmf_t* dtmf);

SWITCH_DECLARE(char*) switch_channel_get_name(switch_channel_t* channel);
SWITCH_DECLARE(char*) switch_channel_get_uuid(switch_channel_t* channel);
SWITCH_DECLARE(switch_core_session_t*) switch_channel_get_session(switch_channel_t* channel);
SWITCH_DECLARE(switch_call_direction_t) switch_channel_direction(switch_channel_t* channel);

SWITCH_DECLARE(switch_status_t)
switch_channel_perform_pre_answer(switch_channel_t* channel, const char* file, const char* func,
                                  int line);
#define switch_channel_pre_answer(channel) \
  switch_channel_perform_pre_answer(channel, __FILE__, __SWITCH_FUNC__, __LINE__)
SWITCH_DECLARE(switch_status_t)
switch_channel_perform_answer(switch_channel_t* channel, const char* file, const char* func,
                              int line);
#define switch_channel_answer(channel) \
  switch_channel_perform_answer(channel, __FILE__, __SWITCH_FUNC__, __LINE__)
SWITCH_DECLARE(switch_channel_state_t)
switch_channel_perform_hangup(switch_channel_t* channel, const char* file, const char* func,
                              int line, switch_call_cause_t hangup_cause);
#define switch_channel_hangup(channel, hangup_cause) \
  switch_channel_perform_hangup(channel, __FILE__, __SWITCH_FUNC__, __LINE__, hangup_cause)

SWITCH_DECLARE(switch_call_cause_t) switch_channel_get_cause(switch_channel_t* channel);
SWITCH_DECLARE(const char*) switch_channel_cause2str(switch_call_cause_t cause);
/* A name or a number; NORMAL_CLEARING for a name that there is not. */
SWITCH_DECLARE(switch_call_cause_t) switch_channel_str2cause(const char* str);
SWITCH_DECLARE(const char*) switch_channel_state_name(switch_channel_state_t state);

/* Describes the channel in an event: the basic set, and for CUSTOM and most channel events also
 * every variable as variable_<name>. */
SWITCH_DECLARE(void)
switch_channel_event_set_data(switch_channel_t* channel, switch_event_t* event);
SWITCH_DECLARE(void)
switch_channel_event_set_basic_data(switch_channel_t* channel, switch_event_t* event);
SWITCH_DECLARE(void)
switch_channel_event_set_extended_data(switch_channel_t* channel, switch_event_t* event);

SWITCH_END_EXTERN_C

#endif
