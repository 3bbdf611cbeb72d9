#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "dialect/encoded_audio.hpp"
#include "dialect/playback_request.hpp"

/// What a message of the server means, as plain values: no word of the wire is left in them.
namespace audio_stream::dialect {

struct ServerText {  ///< tell the application: a `json` event
  std::string body;
  std::size_t full_length = 0;  ///< of a body that was cut; 0: it is whole
};
struct ServerAudioFile {  ///< audio to be decoded into a file: a `play` event
  EncodedAudio audio;
};
struct ServerAudio {       ///< audio for the call, in the format the stream has down
  std::string_view bytes;  ///< of the message itself
};
struct ServerSpeech {  ///< audio for the call, to be decoded by read_speech()
  EncodedAudio audio;
};
struct ServerRequest {  ///< what is to become of the audio for the call
  PlaybackRequest request;
};
struct Acknowledged {  ///< the server has all audio before this position
  std::uint64_t position_ms = 0;
};
struct Unusable {  ///< nothing in it for us: counted, and said once in the log
  std::string reason;
};
struct TooMuch {  ///< to be answered by a close with 1009
  std::string reason;
};
using Incoming = std::variant<ServerText, ServerAudioFile, ServerAudio, ServerSpeech, ServerRequest,
                              Acknowledged, Unusable, TooMuch>;

}  // namespace audio_stream::dialect
