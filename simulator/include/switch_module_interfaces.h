/* What a module registers, and what a codec tells about its audio. */
#ifndef SWITCH_MODULE_INTERFACES_H
#define SWITCH_MODULE_INTERFACES_H

SWITCH_BEGIN_EXTERN_C

struct switch_stream_handle {
  switch_stream_handle_read_function_t read_function;
  switch_stream_handle_write_function_t write_function;
  switch_stream_handle_raw_write_function_t raw_write_function;
  void* data;
  void* end;
  switch_size_t data_size;
  switch_size_t data_len;
  switch_size_t alloc_len;
  switch_size_t alloc_chunk;
  switch_event_t* param_event;
};

struct switch_codec_implementation {
  switch_codec_type_t codec_type;
  switch_payload_t ianacode;
  char* iananame;
  char* fmtp;
  uint32_t samples_per_second;        /* as signalled: 8000 for G.722 */
  uint32_t actual_samples_per_second; /* as decoded: 16000 for G.722 */
  int bits_per_second;
  int microseconds_per_packet;
  uint32_t samples_per_packet;
  uint32_t decoded_bytes_per_packet; /* all channels */
  uint32_t encoded_bytes_per_packet;
  uint8_t number_of_channels;
  int codec_frames_per_packet;
  uint32_t codec_id;
  uint32_t impl_id;
  char* modname;
  struct switch_codec_implementation* next;
};

struct switch_codec {
  const switch_codec_implementation_t* implementation;
  uint32_t flags;
  switch_core_session_t* session;
  void* private_info;
  switch_mutex_t* mutex; /* NULL here: nothing locks a codec */
};

struct switch_application_interface {
  const char* interface_name;
  switch_application_function_t application_function;
  const char* long_desc;
  const char* short_desc;
  const char* syntax;
  uint32_t flags;
  switch_thread_rwlock_t* rwlock;
  int refs;
  switch_loadable_module_interface_t* parent;
  struct switch_application_interface* next;
};

struct switch_api_interface {
  const char* interface_name;
  const char* desc;
  switch_api_function_t function;
  const char* syntax;
  switch_thread_rwlock_t* rwlock;
  int refs;
  switch_loadable_module_interface_t* parent;
  struct switch_api_interface* next;
};

SWITCH_END_EXTERN_C

#endif
