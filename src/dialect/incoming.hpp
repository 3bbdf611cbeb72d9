#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "dialect/encoded_audio.hpp"
#include "dialect/playback_request.hpp"

/// What a server's message means, as plain values without words of the wire.
namespace audio_stream::dialect {

struct ServerText {  ///< for the application: a `json` event
  std::string body;
  std::size_t full_length = 0;  ///< bytes of the full body if it was cut, else 0
};
struct ServerAudioFile {  ///< audio to be decoded into a file: a `play` event
  EncodedAudio audio;
};
struct ServerAudio {       ///< audio for the call, in the stream's downlink format
  std::string_view bytes;  ///< points into the message
};
struct ServerSpeech {  ///< audio for the call, which read_speech() decodes
  EncodedAudio audio;
};
struct ServerRequest {  ///< a request about the audio for the call
  PlaybackRequest request;
};
struct Acknowledged {  ///< the server has all audio before this position
  std::uint64_t position_ms = 0;
};
struct Unusable {  ///< of no use: counted, and logged once
  std::string reason;
};
struct TooMuch {  ///< answered by a close with 1009
  std::string reason;
};
using Incoming = std::variant<ServerText, ServerAudioFile, ServerAudio, ServerSpeech, ServerRequest,
                              Acknowledged, Unusable, TooMuch>;

}  // namespace audio_stream::dialect
