/* Media bugs: taps on a session's audio (declared in switch_core.h by FreeSWITCH). */
#ifndef SWITCH_MEDIA_BUG_H
#define SWITCH_MEDIA_BUG_H

SWITCH_BEGIN_EXTERN_C

typedef enum {
  SWITCH_ABC_TYPE_INIT,
  SWITCH_ABC_TYPE_READ,
  SWITCH_ABC_TYPE_WRITE,
  SWITCH_ABC_TYPE_WRITE_REPLACE,
  SWITCH_ABC_TYPE_READ_REPLACE,
  SWITCH_ABC_TYPE_READ_PING,
  SWITCH_ABC_TYPE_TAP_NATIVE_READ,
  SWITCH_ABC_TYPE_TAP_NATIVE_WRITE,
  SWITCH_ABC_TYPE_CLOSE,
  SWITCH_ABC_TYPE_READ_VIDEO_PING,
  SWITCH_ABC_TYPE_WRITE_VIDEO_PING,
  SWITCH_ABC_TYPE_STREAM_VIDEO_PING,
  SWITCH_ABC_TYPE_VIDEO_PATCH,
  SWITCH_ABC_TYPE_READ_TEXT
} switch_abc_type_t;

typedef enum {
  SMBF_BOTH = 0,
  SMBF_READ_STREAM = (1 << 0),
  SMBF_WRITE_STREAM = (1 << 1),
  SMBF_WRITE_REPLACE = (1 << 2),
  SMBF_READ_REPLACE = (1 << 3),
  SMBF_READ_PING = (1 << 4),
  SMBF_STEREO = (1 << 5),
  SMBF_ANSWER_REQ = (1 << 6),
  SMBF_BRIDGE_REQ = (1 << 7),
  SMBF_THREAD_LOCK = (1 << 8),
  SMBF_PRUNE = (1 << 9),
  SMBF_NO_PAUSE = (1 << 10),
  SMBF_STEREO_SWAP = (1 << 11),
  SMBF_LOCK = (1 << 12),
  SMBF_TAP_NATIVE_READ = (1 << 13),
  SMBF_TAP_NATIVE_WRITE = (1 << 14),
  SMBF_ONE_ONLY = (1 << 15),
  SMBF_MASK = (1 << 16),
  SMBF_READ_VIDEO_PING = (1 << 17),
  SMBF_WRITE_VIDEO_PING = (1 << 18),
  SMBF_READ_VIDEO_STREAM = (1 << 19),
  SMBF_WRITE_VIDEO_STREAM = (1 << 20),
  SMBF_VIDEO_PATCH = (1 << 21),
  SMBF_SPY_VIDEO_STREAM = (1 << 22),
  SMBF_SPY_VIDEO_STREAM_BLEG = (1 << 23),
  SMBF_READ_VIDEO_PATCH = (1 << 24),
  SMBF_READ_TEXT_STREAM = (1 << 25),
  SMBF_FIRST = (1 << 26),
  SMBF_PAUSE = (1 << 27)
} switch_media_bug_flag_enum_t;
typedef uint32_t switch_media_bug_flag_t;

typedef switch_bool_t (*switch_media_bug_callback_t)(switch_media_bug_t*, void*, switch_abc_type_t);
typedef void (*switch_media_bug_exec_cb_t)(switch_media_bug_t* bug, void* user_data);

SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_add(switch_core_session_t* session, const char* function, const char* target,
                          switch_media_bug_callback_t callback, void* user_data, time_t stop_time,
                          switch_media_bug_flag_t flags, switch_media_bug_t** new_bug);
SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_remove(switch_core_session_t* session, switch_media_bug_t** bug);
SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_remove_callback(switch_core_session_t* session,
                                      switch_media_bug_callback_t callback);
SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_remove_all_function(switch_core_session_t* session, const char* function);
#define switch_core_media_bug_remove_all(_s) switch_core_media_bug_remove_all_function(_s, NULL)
SWITCH_DECLARE(uint32_t) switch_core_media_bug_prune(switch_core_session_t* session);
SWITCH_DECLARE(uint32_t)
switch_core_media_bug_count(switch_core_session_t* orig_session, const char* function);
SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_exec_all(switch_core_session_t* orig_session, const char* function,
                               switch_media_bug_exec_cb_t cb, void* user_data);

SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_read(switch_media_bug_t* bug, switch_frame_t* frame, switch_bool_t fill);
SWITCH_DECLARE(void) switch_core_media_bug_flush(switch_media_bug_t* bug);
SWITCH_DECLARE(switch_status_t) switch_core_media_bug_flush_all(switch_core_session_t* session);
SWITCH_DECLARE(void)
switch_core_media_bug_inuse(switch_media_bug_t* bug, switch_size_t* readp, switch_size_t* writep);
SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_set_pre_buffer_framecount(switch_media_bug_t* bug, uint32_t framecount);

SWITCH_DECLARE(switch_core_session_t*) switch_core_media_bug_get_session(switch_media_bug_t* bug);
SWITCH_DECLARE(void*) switch_core_media_bug_get_user_data(switch_media_bug_t* bug);
SWITCH_DECLARE(uint32_t) switch_core_media_bug_test_flag(switch_media_bug_t* bug, uint32_t flag);
SWITCH_DECLARE(uint32_t) switch_core_media_bug_set_flag(switch_media_bug_t* bug, uint32_t flag);
SWITCH_DECLARE(uint32_t) switch_core_media_bug_clear_flag(switch_media_bug_t* bug, uint32_t flag);

SWITCH_DECLARE(switch_frame_t*)
switch_core_media_bug_get_write_replace_frame(switch_media_bug_t* bug);
SWITCH_DECLARE(void)
switch_core_media_bug_set_write_replace_frame(switch_media_bug_t* bug, switch_frame_t* frame);
SWITCH_DECLARE(switch_frame_t*)
switch_core_media_bug_get_read_replace_frame(switch_media_bug_t* bug);
SWITCH_DECLARE(void)
switch_core_media_bug_set_read_replace_frame(switch_media_bug_t* bug, switch_frame_t* frame);

SWITCH_DECLARE(void) switch_core_media_bug_pause(switch_core_session_t* session);
SWITCH_DECLARE(void) switch_core_media_bug_resume(switch_core_session_t* session);

SWITCH_END_EXTERN_C

#endif
