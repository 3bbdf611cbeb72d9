#pragma once

#include <switch.h>

#include <optional>
#include <string>

namespace audio_stream::freeswitch {

/// Whether the switch has no decoder for the codec and only passes its frames on (G.729, G.723, AMR
/// as they come with it). A media bug makes the core decode: on such a call it can't, and a frame
/// that can't be written ends a bridge. To be asked with the codec's lock held, as in a callback.
inline bool passes_through(const switch_codec_t* codec) noexcept {
  return codec != nullptr && (codec->flags & SWITCH_CODEC_FLAG_PASSTHROUGH) != 0;
}

/// The name of such a codec if one of the session's two directions has it.
inline std::optional<std::string> passed_through_codec(switch_core_session_t* session) {
  switch_codec_implementation_t read{};
  switch_codec_implementation_t write{};
  // A re-INVITE changes both codecs with this lock held. The other one is held while an endpoint
  // writes, which may block.
  switch_core_session_lock_codec_read(session);
  const bool read_passes = passes_through(switch_core_session_get_read_codec(session));
  const bool write_passes = passes_through(switch_core_session_get_write_codec(session));
  switch_core_session_get_real_read_impl(session, &read);
  switch_core_session_get_write_impl(session, &write);
  switch_core_session_unlock_codec_read(session);
  if (read_passes) return read.iananame;
  if (write_passes) return write.iananame;
  return std::nullopt;
}

}  // namespace audio_stream::freeswitch
