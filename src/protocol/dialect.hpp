#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/playback.hpp"

/// What the bytes and texts on the wire mean. A stream speaks one dialect; the transport below it
/// carries messages whatever they mean, and the stream above it knows no message's layout.
namespace audio_stream::protocol {

/// What a server's message asks for.
struct ServerText {  ///< tell the application, word for word: a `json` event
  std::string body;
};
struct ServerAudioFile {  ///< audio to be decoded into a file: a `play` event
  nlohmann::ordered_json message;
};
struct ServerAudio {       ///< audio for the call, in the format the stream has down
  std::string_view bytes;  ///< of the message itself
};
struct ServerSpeech {  ///< audio for the call, to be decoded by read_speech()
  nlohmann::ordered_json message;
};
struct ServerRequest {  ///< what is to become of the audio for the call
  PlaybackRequest request;
};
struct Unusable {  ///< nothing in it for us: counted, and said once in the log
  std::string reason;
};
struct TooMuch {  ///< to be answered by a close with 1009
  std::string reason;
};
using ServerMessage = std::variant<ServerText, ServerAudioFile, ServerAudio, ServerSpeech,
                                   ServerRequest, Unusable, TooMuch>;

/// One stream's dialect. Used by the stream's I/O thread only.
class Dialect {
 public:
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  /// Texts to send first on each connection, before any audio.
  virtual std::vector<std::string> opening() const = 0;

  /// The binary message that carries a packet. May point into `packet` itself; valid as long as
  /// that.
  virtual std::span<const std::byte> message_of(std::span<const std::byte> packet) const = 0;

  virtual ServerMessage understand_text(std::string&& text) = 0;
  virtual ServerMessage understand_binary(std::string_view bytes) = 0;
};

}  // namespace audio_stream::protocol
