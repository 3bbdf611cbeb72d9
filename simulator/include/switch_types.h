/* Enumerations and opaque types. Every value is FreeSWITCH 1.10's. */
#ifndef SWITCH_TYPES_H
#define SWITCH_TYPES_H

SWITCH_BEGIN_EXTERN_C

/* FreeSWITCH 1.10 uses 5. Ours differs so that a real core refuses what is built against this. */
#define SWITCH_API_VERSION 1005

#define SWITCH_THREAD_STACKSIZE 240 * 1024
#define SWITCH_MAX_INTERVAL 120
#define SWITCH_RECOMMENDED_BUFFER_SIZE 8192
#define SWITCH_UUID_FORMATTED_LENGTH 256
#define SWITCH_BLANK_STRING ""

typedef struct cJSON cJSON;
typedef struct fspr_pool_t switch_memory_pool_t;
typedef struct switch_channel switch_channel_t;
typedef struct switch_core_session switch_core_session_t;
typedef struct switch_media_bug switch_media_bug_t;
typedef struct switch_event switch_event_t;
typedef struct switch_event_header switch_event_header_t;
typedef struct switch_event_node switch_event_node_t;
typedef struct switch_frame switch_frame_t;
typedef struct switch_codec switch_codec_t;
typedef struct fspr_thread_mutex_t switch_mutex_t;
typedef struct switch_codec_implementation switch_codec_implementation_t;
typedef struct switch_api_interface switch_api_interface_t;
typedef struct switch_application_interface switch_application_interface_t;
typedef struct switch_loadable_module_interface switch_loadable_module_interface_t;
typedef struct switch_stream_handle switch_stream_handle_t;
typedef struct switch_xml* switch_xml_t;

typedef uint8_t switch_payload_t;

typedef enum { SWITCH_FALSE = 0, SWITCH_TRUE = 1 } switch_bool_t;

typedef enum {
  SWITCH_STATUS_SUCCESS,
  SWITCH_STATUS_FALSE,
  SWITCH_STATUS_TIMEOUT,
  SWITCH_STATUS_RESTART,
  SWITCH_STATUS_INTR,
  SWITCH_STATUS_NOTIMPL,
  SWITCH_STATUS_MEMERR,
  SWITCH_STATUS_NOOP,
  SWITCH_STATUS_RESAMPLE,
  SWITCH_STATUS_GENERR,
  SWITCH_STATUS_INUSE,
  SWITCH_STATUS_BREAK,
  SWITCH_STATUS_SOCKERR,
  SWITCH_STATUS_MORE_DATA,
  SWITCH_STATUS_NOTFOUND,
  SWITCH_STATUS_UNLOAD,
  SWITCH_STATUS_NOUNLOAD,
  SWITCH_STATUS_IGNORE,
  SWITCH_STATUS_TOO_SMALL,
  SWITCH_STATUS_FOUND,
  SWITCH_STATUS_CONTINUE,
  SWITCH_STATUS_TERM,
  SWITCH_STATUS_NOT_INITALIZED,
  SWITCH_STATUS_TOO_LATE,
  SWITCH_STATUS_XBREAK = 35,
  SWITCH_STATUS_WINBREAK = 730035
} switch_status_t;

#define SWITCH_MIN_DTMF_DURATION 400
#define SWITCH_MAX_DTMF_DURATION 192000
#define SWITCH_SENSITIVE_DTMF_VARIABLE "sensitive_dtmf"

typedef enum {
  SWITCH_DTMF_UNKNOWN,
  SWITCH_DTMF_INBAND_AUDIO,
  SWITCH_DTMF_RTP,
  SWITCH_DTMF_ENDPOINT,
  SWITCH_DTMF_APP
} switch_dtmf_source_t;
typedef enum { DTMF_FLAG_SKIP_PROCESS = (1 << 0), DTMF_FLAG_SENSITIVE = (1 << 1) } dtmf_flag_t;
typedef struct {
  char digit;
  uint32_t duration; /* in samples of 8 kHz */
  int32_t flags;
  switch_dtmf_source_t source;
} switch_dtmf_t;
typedef enum { SWITCH_DTMF_RECV = 0, SWITCH_DTMF_SEND = 1 } switch_dtmf_direction_t;

typedef enum {
  SCF_NONE = 0,
  SCF_USE_SQL = (1 << 0),
  SCF_VG = (1 << 4),
  SCF_VERBOSE_EVENTS = (1 << 12),
  SCF_MINIMAL = (1 << 15)
} switch_core_flag_enum_t;
typedef uint32_t switch_core_flag_t;

typedef enum {
  SWITCH_LOG_DEBUG10 = 110,
  SWITCH_LOG_DEBUG9 = 109,
  SWITCH_LOG_DEBUG8 = 108,
  SWITCH_LOG_DEBUG7 = 107,
  SWITCH_LOG_DEBUG6 = 106,
  SWITCH_LOG_DEBUG5 = 105,
  SWITCH_LOG_DEBUG4 = 104,
  SWITCH_LOG_DEBUG3 = 103,
  SWITCH_LOG_DEBUG2 = 102,
  SWITCH_LOG_DEBUG1 = 101,
  SWITCH_LOG_DEBUG = 7,
  SWITCH_LOG_INFO = 6,
  SWITCH_LOG_NOTICE = 5,
  SWITCH_LOG_WARNING = 4,
  SWITCH_LOG_ERROR = 3,
  SWITCH_LOG_CRIT = 2,
  SWITCH_LOG_ALERT = 1,
  SWITCH_LOG_CONSOLE = 0,
  SWITCH_LOG_DISABLE = -1,
  SWITCH_LOG_INVALID = 64,
  SWITCH_LOG_UNINIT = 1000
} switch_log_level_t;

typedef enum {
  SWITCH_CHANNEL_ID_LOG,
  SWITCH_CHANNEL_ID_LOG_CLEAN,
  SWITCH_CHANNEL_ID_EVENT,
  SWITCH_CHANNEL_ID_SESSION
} switch_text_channel_t;

static inline switch_core_session_t* switch_core_session_type_check(
    switch_core_session_t* session) {
  return session;
}
static inline const char* switch_const_char_type_check(const char* str) {
  return str;
}

#define SWITCH_CHANNEL_LOG SWITCH_CHANNEL_ID_LOG, __FILE__, __SWITCH_FUNC__, __LINE__, NULL
#define SWITCH_CHANNEL_LOG_CLEAN \
  SWITCH_CHANNEL_ID_LOG_CLEAN, __FILE__, __SWITCH_FUNC__, __LINE__, NULL
#define SWITCH_CHANNEL_SESSION_LOG(x)                             \
  SWITCH_CHANNEL_ID_SESSION, __FILE__, __SWITCH_FUNC__, __LINE__, \
      (const char*)switch_core_session_type_check(x)
#define SWITCH_CHANNEL_CHANNEL_LOG(x)                             \
  SWITCH_CHANNEL_ID_SESSION, __FILE__, __SWITCH_FUNC__, __LINE__, \
      (const char*)switch_channel_get_session(x)
#define SWITCH_CHANNEL_UUID_LOG(x) \
  SWITCH_CHANNEL_ID_LOG, __FILE__, __SWITCH_FUNC__, __LINE__, switch_const_char_type_check(x)

typedef enum {
  CS_NEW,
  CS_INIT,
  CS_ROUTING,
  CS_SOFT_EXECUTE,
  CS_EXECUTE,
  CS_EXCHANGE_MEDIA,
  CS_PARK,
  CS_CONSUME_MEDIA,
  CS_HIBERNATE,
  CS_RESET,
  CS_HANGUP,
  CS_REPORTING,
  CS_DESTROY,
  CS_NONE
} switch_channel_state_t;

typedef enum {
  SWITCH_CALL_DIRECTION_INBOUND,
  SWITCH_CALL_DIRECTION_OUTBOUND
} switch_call_direction_t;

typedef enum {
  SWITCH_STACK_BOTTOM = (1 << 0),
  SWITCH_STACK_TOP = (1 << 1),
  SWITCH_STACK_UNSHIFT = (1 << 2),
  SWITCH_STACK_PUSH = (1 << 3)
} switch_stack_t;

typedef enum {
  SWITCH_PRIORITY_NORMAL,
  SWITCH_PRIORITY_LOW,
  SWITCH_PRIORITY_HIGH
} switch_priority_t;

typedef enum {
  SFF_NONE = 0,
  SFF_CNG = (1 << 0),
  SFF_RAW_RTP = (1 << 1),
  SFF_RTP_HEADER = (1 << 2),
  SFF_PLC = (1 << 3),
  SFF_RFC2833 = (1 << 4),
  SFF_PROXY_PACKET = (1 << 5),
  SFF_DYNAMIC = (1 << 6),
  SFF_UDPTL_PACKET = (1 << 7),
  SFF_NOT_AUDIO = (1 << 8)
} switch_frame_flag_enum_t;
typedef uint32_t switch_frame_flag_t;

typedef enum {
  SAF_NONE = 0,
  SAF_SUPPORT_NOMEDIA = (1 << 0),
  SAF_ROUTING_EXEC = (1 << 1),
  SAF_MEDIA_TAP = (1 << 2),
  SAF_ZOMBIE_EXEC = (1 << 3),
  SAF_NO_LOOPBACK = (1 << 4),
  SAF_SUPPORT_TEXT_ONLY = (1 << 5)
} switch_application_flag_enum_t;
typedef uint32_t switch_application_flag_t;

typedef enum {
  SWITCH_ENDPOINT_INTERFACE,
  SWITCH_TIMER_INTERFACE,
  SWITCH_DIALPLAN_INTERFACE,
  SWITCH_CODEC_INTERFACE,
  SWITCH_APPLICATION_INTERFACE,
  SWITCH_API_INTERFACE
} switch_module_interface_name_t;

typedef enum {
  SWITCH_CODEC_TYPE_AUDIO,
  SWITCH_CODEC_TYPE_VIDEO,
  SWITCH_CODEC_TYPE_T38,
  SWITCH_CODEC_TYPE_APP
} switch_codec_type_t;

typedef enum { SMODF_NONE = 0, SMODF_GLOBAL_SYMBOLS = (1 << 0) } switch_module_flag_enum_t;
typedef uint32_t switch_module_flag_t;

/* Where the switch keeps its files: malloc-ed strings. switch_core_set_globals() fills those that
 * are NULL and switch_core_destroy() frees them all. */
struct switch_directories {
  char* base_dir;
  char* mod_dir;
  char* conf_dir;
  char* log_dir;
  char* run_dir;
  char* db_dir;
  char* script_dir;
  char* temp_dir;
  char* htdocs_dir;
  char* grammar_dir;
  char* storage_dir;
  char* cache_dir;
  char* recordings_dir;
  char* sounds_dir;
  char* lib_dir;
  char* certs_dir;
  char* fonts_dir;
  char* images_dir;
  char* data_dir;
  char* localstate_dir;
};
typedef struct switch_directories switch_directories;
SWITCH_DECLARE_DATA extern switch_directories SWITCH_GLOBAL_dirs;

struct switch_console_callback_match_node {
  char* val;
  struct switch_console_callback_match_node* next;
};
typedef struct switch_console_callback_match_node switch_console_callback_match_node_t;

struct switch_console_callback_match {
  struct switch_console_callback_match_node* head;
  struct switch_console_callback_match_node* end;
  int count;
  int dynamic;
};
typedef struct switch_console_callback_match switch_console_callback_match_t;

typedef void (*switch_event_callback_t)(switch_event_t*);
typedef switch_status_t (*switch_console_complete_callback_t)(
    const char*, const char*, switch_console_callback_match_t** matches);

typedef void (*switch_application_function_t)(switch_core_session_t*, const char*);
#define SWITCH_STANDARD_APP(name) static void name(switch_core_session_t* session, const char* data)

typedef switch_status_t (*switch_api_function_t)(const char* cmd, switch_core_session_t* session,
                                                 switch_stream_handle_t* stream);
#define SWITCH_STANDARD_API(name)                                              \
  static switch_status_t name(const char* cmd, switch_core_session_t* session, \
                              switch_stream_handle_t* stream)

typedef uint8_t* (*switch_stream_handle_read_function_t)(switch_stream_handle_t* handle, int* len);
typedef switch_status_t (*switch_stream_handle_write_function_t)(switch_stream_handle_t* handle,
                                                                 const char* fmt, ...);
typedef switch_status_t (*switch_stream_handle_raw_write_function_t)(switch_stream_handle_t* handle,
                                                                     uint8_t* data,
                                                                     switch_size_t datalen);

#define SWITCH_MODULE_LOAD_ARGS \
  (switch_loadable_module_interface_t * *module_interface, switch_memory_pool_t * pool)
#define SWITCH_MODULE_RUNTIME_ARGS (void)
#define SWITCH_MODULE_SHUTDOWN_ARGS (void)
typedef switch_status_t(*switch_module_load_t) SWITCH_MODULE_LOAD_ARGS;
typedef switch_status_t(*switch_module_runtime_t) SWITCH_MODULE_RUNTIME_ARGS;
typedef switch_status_t(*switch_module_shutdown_t) SWITCH_MODULE_SHUTDOWN_ARGS;
#define SWITCH_MODULE_LOAD_FUNCTION(name) switch_status_t name SWITCH_MODULE_LOAD_ARGS
#define SWITCH_MODULE_RUNTIME_FUNCTION(name) switch_status_t name SWITCH_MODULE_RUNTIME_ARGS
#define SWITCH_MODULE_SHUTDOWN_FUNCTION(name) switch_status_t name SWITCH_MODULE_SHUTDOWN_ARGS

typedef struct switch_loadable_module_function_table {
  int switch_api_version;
  switch_module_load_t load;
  switch_module_shutdown_t shutdown;
  switch_module_runtime_t runtime;
  switch_module_flag_t flags;
} switch_loadable_module_function_table_t;

#define SWITCH_MODULE_DEFINITION_EX(name, load, shutdown, runtime, flags)                     \
  static const char modname[] = #name;                                                        \
  SWITCH_MOD_DECLARE_DATA switch_loadable_module_function_table_t name##_module_interface = { \
      SWITCH_API_VERSION, load, shutdown, runtime, flags}

#define SWITCH_MODULE_DEFINITION(name, load, shutdown, runtime) \
  SWITCH_MODULE_DEFINITION_EX(name, load, shutdown, runtime, SMODF_NONE)

SWITCH_END_EXTERN_C

#endif
