#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <tl/expected.hpp>

#include "audio/codec/encoding.hpp"
#include "dialect/answer.hpp"
#include "dialect/encoded_audio.hpp"
#include "dialect/playback_request.hpp"
#include "dialect/speech.hpp"

/// What a server's message means, as plain values without words of the wire.
namespace audio_stream::dialect {

struct ServerText {  ///< for the application: a `json` event
  std::string body;
  std::size_t full_length = 0;  ///< bytes of the full body if it was cut, else 0
};
struct ServerAudioFile {  ///< audio to be decoded into a file: a `play` event
  EncodedAudio audio;
};
struct ServerAudio {  ///< audio for the call, in the stream's downlink format
  std::string bytes;
};
struct ServerSpeech {  ///< audio for the call, which read_speech() decodes
  EncodedAudio audio;
};

/// L16 that may begin or end within a sample: the rest is in another piece of the same item.
struct L16Bytes {
  std::string bytes;
  std::uint32_t rate_hz = 8000;
};
struct OpusPacket {
  std::string bytes;
};
/// Audio for the call out of a message, with what the server calls it.
struct ServerPiece {
  /// The error says why the audio can't be used.
  tl::expected<std::variant<L16Bytes, OpusPacket, Speech>, std::string> audio;
  std::string item;  ///< what it is part of; empty: of nothing that has a name
  LateAudio late = LateAudio::plays;
  Answer played{};  ///< given back when the call has heard it
};

struct ServerRequest {  ///< a request about the audio for the call
  PlaybackRequest request;
};
struct Acknowledged {  ///< the server has all audio before this position
  std::uint64_t position_ms = 0;
};
struct ServerReply {  ///< the dialect's reply() answers it
  Answer answer{};
};
/// Words that were heard in the call, or said to it.
struct ServerTranscript {
  std::string who;  ///< `caller`, `agent`, or the server's word for it, such as a channel's number
  std::string text;
  bool final = true;
  // In the time of the connection: 0 is its first sample.
  std::optional<std::uint64_t> start_ms;
  std::optional<std::uint64_t> end_ms;
  std::optional<double> confidence;  ///< 0 to 1
};

// Requests about the stream.
struct ServerReady {};  ///< audio may be sent from now on
struct ServerDone {};   ///< after the dialect's end(): no message will follow
struct ServerFailure {  ///< an `error` event
  std::string reason;   ///< the server's words
  bool ends = true;     ///< the stream ends with it
};
struct ServerFormat {  ///< the server takes audio in this format
  audio::codec::Encoding encoding = audio::codec::Encoding::l16;
  std::uint32_t rate_hz = 0;  ///< 0: as before
};
struct ServerEnd {       ///< the stream ends
  bool hang_up = false;  ///< and the call
};
using StreamRequest = std::variant<ServerReady, ServerDone, ServerFailure, ServerFormat, ServerEnd>;

struct Unusable {  ///< of no use: counted, and logged once
  std::string reason;
};
struct TooMuch {  ///< answered by a close with 1009
  std::string reason;
};
using Incoming =
    std::variant<ServerText, ServerAudioFile, ServerAudio, ServerSpeech, ServerPiece, ServerRequest,
                 Acknowledged, ServerReply, ServerTranscript, StreamRequest, Unusable, TooMuch>;

}  // namespace audio_stream::dialect
