/* An audio frame. */
#ifndef SWITCH_FRAME_H
#define SWITCH_FRAME_H

SWITCH_BEGIN_EXTERN_C

struct switch_frame {
  switch_codec_t* codec;
  const char* source;
  void* packet;
  uint32_t packetlen;
  void* extra_data;
  void* data;
  uint32_t datalen; /* bytes in use */
  uint32_t buflen;  /* bytes available */
  uint32_t samples; /* per channel */
  uint32_t rate;
  uint32_t channels;
  switch_payload_t payload;
  uint32_t timestamp;
  uint16_t seq;
  uint32_t ssrc;
  switch_bool_t m;
  switch_frame_flag_t flags;
  void* user_data;
};

SWITCH_END_EXTERN_C

#endif
