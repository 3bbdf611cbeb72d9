#pragma once

namespace audio_stream::transport {

inline constexpr const char* kUserAgent = "mod_audio_stream/" AUDIO_STREAM_VERSION;

}  // namespace audio_stream::transport
