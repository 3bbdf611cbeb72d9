/* Console completion and the memory stream API commands write their reply to. */
#ifndef SWITCH_CONSOLE_H
#define SWITCH_CONSOLE_H

SWITCH_BEGIN_EXTERN_C

#define SWITCH_CMD_CHUNK_LEN 1024
#define SWITCH_STANDARD_STREAM(s)                         \
  memset(&s, 0, sizeof(s));                               \
  s.data = malloc(SWITCH_CMD_CHUNK_LEN);                  \
  switch_assert(s.data);                                  \
  memset(s.data, 0, SWITCH_CMD_CHUNK_LEN);                \
  s.end = s.data;                                         \
  s.data_size = SWITCH_CMD_CHUNK_LEN;                     \
  s.write_function = switch_console_stream_write;         \
  s.raw_write_function = switch_console_stream_raw_write; \
  s.alloc_len = SWITCH_CMD_CHUNK_LEN;                     \
  s.alloc_chunk = SWITCH_CMD_CHUNK_LEN

SWITCH_DECLARE_NONSTD(switch_status_t)
switch_console_stream_raw_write(switch_stream_handle_t* handle, uint8_t* data,
                                switch_size_t datalen);
SWITCH_DECLARE_NONSTD(switch_status_t)
switch_console_stream_write(switch_stream_handle_t* handle, const char* fmt, ...)
    PRINTF_FUNCTION(2, 3);

/* "add word word ..." and "del word ..." (a prefix; "del *" drops all). As in the real core it
 * does nothing and returns SWITCH_STATUS_FALSE unless the core runs with SCF_USE_SQL. */
SWITCH_DECLARE(switch_status_t) switch_console_set_complete(const char* string);

SWITCH_DECLARE(switch_status_t)
switch_console_add_complete_func(const char* name, switch_console_complete_callback_t cb);
SWITCH_DECLARE(switch_status_t) switch_console_del_complete_func(const char* name);
SWITCH_DECLARE(switch_status_t)
switch_console_run_complete_func(const char* func, const char* line, const char* last_word,
                                 switch_console_callback_match_t** matches);
SWITCH_DECLARE(void)
switch_console_push_match(switch_console_callback_match_t** matches, const char* new_val);
SWITCH_DECLARE(void) switch_console_free_matches(switch_console_callback_match_t** matches);

SWITCH_END_EXTERN_C

#endif
