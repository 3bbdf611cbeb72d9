/* Core: start and stop, memory pools, global variables, sessions. */
#ifndef SWITCH_CORE_H
#define SWITCH_CORE_H

SWITCH_BEGIN_EXTERN_C

/* Start and stop. One core per process at a time; it may be started again after destroy. */
SWITCH_DECLARE(void) switch_core_set_globals(void);
SWITCH_DECLARE(switch_status_t)
switch_core_init(switch_core_flag_t flags, switch_bool_t console, const char** err);
SWITCH_DECLARE(switch_status_t)
switch_core_init_and_modload(switch_core_flag_t flags, switch_bool_t console, const char** err);
SWITCH_DECLARE(switch_status_t) switch_core_destroy(void);
SWITCH_DECLARE(switch_core_flag_t) switch_core_flags(void);
SWITCH_DECLARE(switch_bool_t) switch_core_ready(void);
SWITCH_DECLARE(char*) switch_core_get_uuid(void);
SWITCH_DECLARE(const char*) switch_core_get_hostname(void);
SWITCH_DECLARE(const char*) switch_core_get_switchname(void);
SWITCH_DECLARE(const char*) switch_version_full(void);

/* Global variables. The _dup result belongs to the caller: free() it. */
SWITCH_DECLARE(char*) switch_core_get_variable_dup(const char* varname);
SWITCH_DECLARE(void) switch_core_set_variable(const char* varname, const char* value);

/* Time. */
SWITCH_DECLARE(switch_time_t) switch_micro_time_now(void);
SWITCH_DECLARE(switch_time_t) switch_mono_micro_time_now(void);
SWITCH_DECLARE(time_t) switch_epoch_time_now(time_t* t);

/* Memory pools. Every allocation is its own heap block, so that AddressSanitizer sees a use after
 * the pool's death. */
SWITCH_DECLARE(switch_status_t)
switch_core_perform_new_memory_pool(switch_memory_pool_t** pool, const char* file, const char* func,
                                    int line);
SWITCH_DECLARE(switch_status_t)
switch_core_perform_destroy_memory_pool(switch_memory_pool_t** pool, const char* file,
                                        const char* func, int line);
SWITCH_DECLARE(void*)
switch_core_perform_alloc(switch_memory_pool_t* pool, switch_size_t memory, const char* file,
                          const char* func, int line);
SWITCH_DECLARE(char*)
switch_core_perform_strdup(switch_memory_pool_t* pool, const char* todup, const char* file,
                           const char* func, int line);
SWITCH_DECLARE(char*)
switch_core_vsprintf(switch_memory_pool_t* pool, const char* fmt, va_list ap);
SWITCH_DECLARE(char*) switch_core_sprintf(switch_memory_pool_t* pool, const char* fmt, ...);
#define switch_core_new_memory_pool(p) \
  switch_core_perform_new_memory_pool(p, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_core_destroy_memory_pool(p) \
  switch_core_perform_destroy_memory_pool(p, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_core_alloc(_pool, _mem) \
  switch_core_perform_alloc(_pool, _mem, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_core_strdup(_pool, _todup) \
  switch_core_perform_strdup(_pool, _todup, __FILE__, __SWITCH_FUNC__, __LINE__)

/* Sessions. locate takes a read lock that rwunlock gives back, and finds nothing once the channel
 * is down; force_locate finds it until it is destroyed. */
SWITCH_DECLARE(switch_core_session_t*)
switch_core_session_perform_locate(const char* uuid_str, const char* file, const char* func,
                                   int line);
SWITCH_DECLARE(switch_core_session_t*)
switch_core_session_perform_force_locate(const char* uuid_str, const char* file, const char* func,
                                         int line);
#define switch_core_session_locate(uuid_str) \
  switch_core_session_perform_locate(uuid_str, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_core_session_force_locate(uuid_str) \
  switch_core_session_perform_force_locate(uuid_str, __FILE__, __SWITCH_FUNC__, __LINE__)
SWITCH_DECLARE(switch_status_t) switch_core_session_read_lock(switch_core_session_t* session);
SWITCH_DECLARE(switch_status_t)
switch_core_session_read_lock_hangup(switch_core_session_t* session);
SWITCH_DECLARE(void) switch_core_session_rwunlock(switch_core_session_t* session);
SWITCH_DECLARE(uint32_t) switch_core_session_count(void);
SWITCH_DECLARE(void) switch_core_session_hupall(switch_call_cause_t cause);
SWITCH_DECLARE(switch_console_callback_match_t*) switch_core_session_findall(void);

SWITCH_DECLARE(switch_channel_t*) switch_core_session_get_channel(switch_core_session_t* session);
SWITCH_DECLARE(char*) switch_core_session_get_uuid(switch_core_session_t* session);
SWITCH_DECLARE(switch_memory_pool_t*) switch_core_session_get_pool(switch_core_session_t* session);
SWITCH_DECLARE(switch_bool_t) switch_core_session_in_thread(switch_core_session_t* session);
SWITCH_DECLARE(switch_codec_t*) switch_core_session_get_read_codec(switch_core_session_t* session);
SWITCH_DECLARE(switch_codec_t*)
switch_core_session_get_write_codec(switch_core_session_t* session);
SWITCH_DECLARE(void) switch_core_session_lock_codec_read(switch_core_session_t* session);
SWITCH_DECLARE(void) switch_core_session_unlock_codec_read(switch_core_session_t* session);
SWITCH_DECLARE(switch_status_t)
switch_core_session_get_read_impl(switch_core_session_t* session,
                                  switch_codec_implementation_t* impp);
SWITCH_DECLARE(switch_status_t)
switch_core_session_get_real_read_impl(switch_core_session_t* session,
                                       switch_codec_implementation_t* impp);
SWITCH_DECLARE(switch_status_t)
switch_core_session_get_write_impl(switch_core_session_t* session,
                                   switch_codec_implementation_t* impp);
#define switch_core_session_get_name(_s) \
  switch_channel_get_name(switch_core_session_get_channel(_s))

SWITCH_DECLARE(void*)
switch_core_perform_session_alloc(switch_core_session_t* session, switch_size_t memory,
                                  const char* file, const char* func, int line);
SWITCH_DECLARE(char*)
switch_core_perform_session_strdup(switch_core_session_t* session, const char* todup,
                                   const char* file, const char* func, int line);
SWITCH_DECLARE(char*)
switch_core_session_sprintf(switch_core_session_t* session, const char* fmt, ...);
#define switch_core_session_alloc(_session, _memory) \
  switch_core_perform_session_alloc(_session, _memory, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_core_session_strdup(_session, _todup) \
  switch_core_perform_session_strdup(_session, _todup, __FILE__, __SWITCH_FUNC__, __LINE__)

/* Writes a frame towards the channel, on the thread that calls; without effect while another
 * thread writes. */
typedef uint32_t switch_io_flag_t;
#define SWITCH_IO_FLAG_NONE 0
SWITCH_DECLARE(switch_status_t)
switch_core_session_write_frame(switch_core_session_t* session, switch_frame_t* frame,
                                switch_io_flag_t flags, int stream_id);

/* Hooks that are called with each frame that the endpoint yields, on the thread that reads, with
 * none of the session's locks held. */
typedef switch_status_t (*switch_read_frame_hook_t)(switch_core_session_t*, switch_frame_t**,
                                                    switch_io_flag_t, int);
SWITCH_DECLARE(switch_status_t)
switch_core_event_hook_add_read_frame(switch_core_session_t* session,
                                      switch_read_frame_hook_t read_frame);
SWITCH_DECLARE(switch_status_t)
switch_core_event_hook_remove_read_frame(switch_core_session_t* session,
                                         switch_read_frame_hook_t read_frame);

/* Hooks that are called with each digit that the channel receives, on the thread that receives it,
 * with the channel's lock for digits held. Anything but success keeps it from applications. */
typedef switch_status_t (*switch_recv_dtmf_hook_t)(switch_core_session_t*, const switch_dtmf_t*,
                                                   switch_dtmf_direction_t);
SWITCH_DECLARE(switch_status_t)
switch_core_event_hook_add_recv_dtmf(switch_core_session_t* session,
                                     switch_recv_dtmf_hook_t recv_dtmf);
SWITCH_DECLARE(switch_status_t)
switch_core_event_hook_remove_recv_dtmf(switch_core_session_t* session,
                                        switch_recv_dtmf_hook_t recv_dtmf);

/* Codecs: L16 alone, which is all that is written here. */
#define SWITCH_CODEC_FLAG_ENCODE (1 << 0)
#define SWITCH_CODEC_FLAG_DECODE (1 << 1)
#define SWITCH_CODEC_FLAG_PASSTHROUGH (1 << 7) /* no decoder: frames are passed on as they are */
typedef struct switch_codec_settings switch_codec_settings_t;
SWITCH_DECLARE(switch_status_t)
switch_core_codec_init_with_bitrate(switch_codec_t* codec, const char* codec_name, const char* fmtp,
                                    const char* modname, uint32_t rate, int ms, int channels,
                                    uint32_t bitrate, uint32_t flags,
                                    const switch_codec_settings_t* codec_settings,
                                    switch_memory_pool_t* pool);
#define switch_core_codec_init(_codec, _codec_name, _modname, _fmtp, _rate, _ms, _channels,        \
                               _flags, _codec_settings, _pool)                                     \
  switch_core_codec_init_with_bitrate(_codec, _codec_name, _modname, _fmtp, _rate, _ms, _channels, \
                                      0, _flags, _codec_settings, _pool)
SWITCH_DECLARE(switch_status_t) switch_core_codec_destroy(switch_codec_t* codec);
/* The real core leaves a codec's mutex locked where it exchanges the codec of a frame that is
 * written. This one exchanges none, and there is no mutex. */
SWITCH_DECLARE(switch_status_t) switch_mutex_unlock(switch_mutex_t* lock);

/* Runs a dialplan application. Must be called on the session's thread: see Call::run_application.
 */
SWITCH_DECLARE(switch_status_t)
switch_core_session_execute_application_get_flags(switch_core_session_t* session, const char* app,
                                                  const char* arg, int32_t* flags);
#define switch_core_session_execute_application(_a, _b, _c) \
  switch_core_session_execute_application_get_flags(_a, _b, _c, NULL)

SWITCH_END_EXTERN_C

#endif
