#pragma once

#include <switch.h>

#include <optional>
#include <string>

namespace audio_stream::freeswitch {

/// True if the switch has no decoder for the codec and only passes its frames on (G.729, G.723 and
/// AMR as FreeSWITCH ships them). A media bug makes the core decode, which fails on such a call,
/// and a frame that can't be written ends a bridge. The caller holds the codec's lock, as a media
/// bug's callback does.
inline bool passes_through(const switch_codec_t* codec) noexcept {
  return codec != nullptr && (codec->flags & SWITCH_CODEC_FLAG_PASSTHROUGH) != 0;
}

/// The name of the codec that is passed through, if one of the session's two directions has one.
inline std::optional<std::string> passed_through_codec(switch_core_session_t* session) {
  switch_codec_implementation_t read{};
  switch_codec_implementation_t write{};
  // A re-INVITE changes both codecs with this lock held. The lock of the write codec is held while
  // an endpoint writes, which may block.
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
