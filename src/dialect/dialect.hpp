#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dialect/encoded_audio.hpp"
#include "dialect/playback.hpp"

/// What the bytes and texts on the wire mean. A stream speaks one dialect; the transport below it
/// carries messages whatever they mean, and the stream above it knows no message's layout.
namespace audio_stream::dialect {

// What a server's message asks for: plain values.

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
struct Unusable {  ///< nothing in it for us: counted, and said once in the log
  std::string reason;
};
struct TooMuch {  ///< to be answered by a close with 1009
  std::string reason;
};
using ServerMessage = std::variant<ServerText, ServerAudioFile, ServerAudio, ServerSpeech,
                                   ServerRequest, Unusable, TooMuch>;

/// One stream's dialect. The two that understand what a server says are used by the worker too, for
/// what is long: they change nothing.
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

  virtual ServerMessage understand_text(std::string&& text) const = 0;
  virtual ServerMessage understand_binary(std::string_view bytes) const = 0;
  /// Binary messages are audio, which is understood part by part.
  [[nodiscard]] virtual bool plays_binary() const noexcept = 0;
};

}  // namespace audio_stream::dialect
