#pragma once

#include <switch.h>

#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// Gives `stream` its STREAM_END_TEXT with the values that the channel variables have now. For the
/// CLOSE of a media bug: the last moment, at every end, that has the session for certain.
void fill_in_end_text(stream::Stream& stream, switch_core_session_t* session) noexcept;

}  // namespace audio_stream::freeswitch
