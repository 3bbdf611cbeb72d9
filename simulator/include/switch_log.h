/* Logging. */
#ifndef SWITCH_LOG_H
#define SWITCH_LOG_H

SWITCH_BEGIN_EXTERN_C

typedef struct {
  char* data; /* the whole line, with its date and place */
  char file[80];
  uint32_t line;
  char func[80];
  switch_log_level_t level;
  switch_time_t timestamp;
  char* content;  /* the message, inside data; starts with the separating space */
  char* userdata; /* the call's uuid, or NULL */
  switch_text_channel_t channel;
  switch_log_level_t slevel;
  switch_event_t* tags;
  int64_t sequence;
  cJSON* meta;
} switch_log_node_t;

typedef switch_status_t (*switch_log_function_t)(const switch_log_node_t* node,
                                                 switch_log_level_t level);

SWITCH_DECLARE(void)
switch_log_printf(switch_text_channel_t channel, const char* file, const char* func, int line,
                  const char* userdata, switch_log_level_t level, const char* fmt, ...)
    PRINTF_FUNCTION(7, 8);
SWITCH_DECLARE(void)
switch_log_vprintf(switch_text_channel_t channel, const char* file, const char* func, int line,
                   const char* userdata, switch_log_level_t level, const char* fmt, va_list ap);
SWITCH_DECLARE(switch_status_t)
switch_log_bind_logger(switch_log_function_t function, switch_log_level_t level,
                       switch_bool_t is_console);
SWITCH_DECLARE(switch_status_t) switch_log_unbind_logger(switch_log_function_t function);
SWITCH_DECLARE(const char*) switch_log_level2str(switch_log_level_t level);
SWITCH_DECLARE(switch_log_level_t) switch_log_str2level(const char* str);

SWITCH_END_EXTERN_C

#endif
