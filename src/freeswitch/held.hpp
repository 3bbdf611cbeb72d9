#pragma once

#include <switch.h>

namespace audio_stream::freeswitch {

/// Whether the call is on hold: by the switch, or by its phone (a re-INVITE with `sendonly`, as of
/// a recorder by SIPREC).
inline bool is_held(switch_channel_t* channel) noexcept {
  return switch_channel_test_flag(channel, CF_HOLD) != 0 ||
         switch_channel_test_flag(channel, CF_PROTO_HOLD) != 0 ||
         switch_channel_test_flag(channel, CF_LEG_HOLDING) != 0;
}

}  // namespace audio_stream::freeswitch
