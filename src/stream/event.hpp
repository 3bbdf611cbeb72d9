#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/caller_note.hpp"
#include "dialect/incoming.hpp"
#include "dialect/note.hpp"
#include "transport/errors.hpp"

namespace audio_stream::stream {

/// The events of mod_audio_stream 1.0, with its names and bodies, and six more: gap, playback,
/// transcript, speech, mask and media.
enum class EventKind : std::uint8_t {
  connect,
  disconnect,
  error,
  json,
  play,
  gap,
  playback,
  transcript,
  speech,
  mask,
  media
};

/// Every kind, for registering them with the switch.
inline constexpr EventKind kEventKinds[] = {
    EventKind::connect, EventKind::disconnect, EventKind::error,    EventKind::json,
    EventKind::play,    EventKind::gap,        EventKind::playback, EventKind::transcript,
    EventKind::speech,  EventKind::mask,       EventKind::media};

/// "mod_audio_stream::connect" and so on, as a literal.
const char* subclass_of(EventKind kind) noexcept;

/// An event for the application. It holds no secret.
struct Event {
  EventKind kind = EventKind::json;
  std::string body;
  bool final = false;           ///< the stream's last event; a stream has exactly one
  std::size_t full_length = 0;  ///< bytes of the full body if it was cut, else 0
  std::vector<std::pair<const char*, std::string>> headers{};  ///< the names are literals
};

/// What the call's audio is, where the stream has silence.
enum class MediaState : std::uint8_t {
  held,     ///< the call is on hold
  resumed,  ///< no longer
  unread,   ///< nothing in the switch reads the call
  read,     ///< something reads it again
};

/// Why a stream ended.
enum class EndReason : std::uint8_t {
  stop,     ///< the command, or the application
  hangup,   ///< the call is over
  server,   ///< the server closed
  network,  ///< the connection was lost, or none was made
  refused,  ///< the server or the URL rules out any attempt
  unload,   ///< the module is being unloaded
  codec,    ///< the call changed to a codec that the switch can't decode
};

/// A stream's totals for its final event. Times are in ms.
struct Totals {
  EndReason reason = EndReason::stop;
  std::uint64_t duration = 0;
  std::optional<std::uint64_t> connect;  ///< from the start to the first connection
  std::uint64_t reconnects = 0;
  std::optional<std::chrono::microseconds> round_trip;  ///< of pings: the mean; none: no pong
  std::uint64_t packets = 0;
  std::uint64_t sent = 0;
  std::uint64_t overflow = 0;        ///< dropped because it could not be sent in time
  std::uint64_t undelivered = 0;     ///< dropped because the stream ended
  std::uint64_t unacknowledged = 0;  ///< given to TCP, and possibly lost
  std::uint64_t unusable = 0;        ///< dropped because of its rate
  std::uint64_t late = 0;            ///< heard audio, dropped to keep the legs together
  std::uint64_t silence = 0;         ///< due where the call yielded no audio, and not sent
  std::uint64_t paused = 0;
  std::uint64_t unspoken = 0;       ///< left out because the caller did not speak
  std::uint64_t filled = 0;         ///< silence added where the call yielded no audio
  std::uint64_t bytes_sent = 0;     ///< payload of messages
  std::uint64_t wire_sent = 0;      ///< bytes of all connections, with HTTP, framing and TLS
  std::uint64_t wire_received = 0;  ///< the same, received
  std::uint64_t messages_received = 0;

  /// The server's audio for the call.
  struct Playback {
    std::uint64_t received = 0;
    std::uint64_t played = 0;
    std::uint64_t cleared = 0;
    std::uint64_t refused = 0;   ///< there was no room
    std::uint64_t unplayed = 0;  ///< still queued when the stream ended
    std::uint64_t underruns = 0;
    std::uint64_t underrun = 0;  ///< silence heard where audio should have been
  };
  std::optional<Playback> playback;  ///< none with playback off
};

// If a stream has several URLs, `url` is the one in use, without secrets, and the message has it as
// "url". Else `url` is empty.

/// `{"status":"connected"}`
std::string connect_body(const std::string& url = {});
/// `{"status":"disconnected","message":{"code":1000,"reason":"Normal closure"}}`, with
/// `"stats":{...}` in a final event.
std::string disconnect_body(const transport::Closure& closure, const std::string& url = {},
                            const Totals* totals = nullptr);
/// `{"status":"gap","message":{"position_ms":1200,"length_ms":340}}`: audio that was never sent, by
/// its position in the stream.
std::string gap_body(std::uint64_t position_ms, std::uint64_t length_ms);
/// `{"status":"unread","message":{"position_ms":9000,"silent_ms":5000}}`: `silent` without frames
/// so far, or in all. Only unread and read have it.
std::string media_body(MediaState state, std::uint64_t position_ms,
                       std::chrono::milliseconds silent);
/// `{"status":"mark","message":{"name":"a","result":"played","position_ms":1200}}` and so on.
std::string playback_body(const dialect::Note& note);
/// `{"status":"speech_stopped","message":{"position_ms":2600,"length_ms":1400}}` and so on.
std::string caller_body(const dialect::CallerNote& note);
/// `{"who":"caller","text":"...","final":true,"start_ms":1200,"end_ms":1900,"confidence":0.9}`, and
/// the same as headers Transcript-Who and so on, each on one line. `begin_ms`: the position of the
/// connection's first sample, which the transcript's times count from. A text longer than `limit`
/// bytes is cut.
Event transcript_event(const dialect::ServerTranscript& transcript, std::uint64_t begin_ms,
                       std::size_t limit);
/// `{"status":"error","message":{"retries":1,"error":"...","wait_time":100,"http_status":403,"code":6}}`
/// `code` is the number that later versions of mod_audio_stream use.
std::string error_body(const transport::Failure& failure, const std::string& url,
                       std::uint32_t retries, std::int64_t wait_ms, const Totals* totals = nullptr);

}  // namespace audio_stream::stream
