#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dialect/note.hpp"
#include "transport/errors.hpp"

namespace audio_stream::stream {

/// The events of mod_audio_stream 1.0, by name and body, and two more: gap, playback.
enum class EventKind : std::uint8_t { connect, disconnect, error, json, play, gap, playback };

/// Every kind, for whoever has to register them.
inline constexpr EventKind kEventKinds[] = {
    EventKind::connect, EventKind::disconnect, EventKind::error,   EventKind::json,
    EventKind::play,    EventKind::gap,        EventKind::playback};

/// "mod_audio_stream::connect" and so on; a literal.
const char* subclass_of(EventKind kind) noexcept;

/// Something to tell the application. Holds no secret.
struct Event {
  EventKind kind = EventKind::json;
  std::string body;
  bool final = false;           ///< the stream's last; exactly one is
  std::size_t full_length = 0;  ///< in bytes, of a body that was cut; 0: it is whole
};

/// Why a stream came to its end.
enum class EndReason : std::uint8_t {
  stop,     ///< the command, or the application
  hangup,   ///< the call is over
  server,   ///< the server closed
  network,  ///< the connection broke, or none came about
  refused,  ///< the server, or the URL, won't have it
  unload,   ///< of the module
  codec,    ///< the call's codec came to be one that the switch can't decode
};

/// What became of a stream, for its final event. Times in ms.
struct Totals {
  EndReason reason = EndReason::stop;
  std::uint64_t duration = 0;
  std::optional<std::uint64_t> connect;  ///< from the start until the first connection stood
  std::uint64_t reconnects = 0;
  std::optional<std::chrono::microseconds> round_trip;  ///< of pings, if there were any
  std::uint64_t packets = 0;
  std::uint64_t sent = 0;
  std::uint64_t overflow = 0;        ///< dropped because it could not be sent in time
  std::uint64_t undelivered = 0;     ///< dropped because the stream ended
  std::uint64_t unacknowledged = 0;  ///< given to TCP, and perhaps lost
  std::uint64_t unusable = 0;        ///< dropped because of its rate
  std::uint64_t late = 0;     ///< of what the caller heard: dropped to keep the legs together
  std::uint64_t silence = 0;  ///< due where the call yielded nothing, and not made
  std::uint64_t paused = 0;
  std::uint64_t filled = 0;         ///< silence where the call yielded nothing
  std::uint64_t bytes_sent = 0;     ///< payload of messages
  std::uint64_t wire_sent = 0;      ///< bytes of all connections, with HTTP, framing and TLS
  std::uint64_t wire_received = 0;  ///< the same
  std::uint64_t messages_received = 0;

  /// What came down for the call to hear.
  struct Playback {
    std::uint64_t received = 0;
    std::uint64_t played = 0;
    std::uint64_t cleared = 0;
    std::uint64_t refused = 0;   ///< there was no room
    std::uint64_t unplayed = 0;  ///< it was waiting when the stream ended
    std::uint64_t underruns = 0;
    std::uint64_t underrun = 0;  ///< silence where something should have been
  };
  std::optional<Playback> playback;  ///< none with playback off
};

// Where a stream has several URLs, `url` says which one (without its secrets), and the message has
// it as "url"; else it is empty.

/// `{"status":"connected"}`
std::string connect_body(const std::string& url = {});
/// `{"status":"disconnected","message":{"code":1000,"reason":"Normal closure"}}`
/// and, in a final event, `"stats":{...}` beside it.
std::string disconnect_body(const transport::Closure& closure, const std::string& url = {},
                            const Totals* totals = nullptr);
/// `{"status":"gap","message":{"position_ms":1200,"length_ms":340}}`: audio that was never sent,
/// by its place in the stream.
std::string gap_body(std::uint64_t position_ms, std::uint64_t length_ms);
/// `{"status":"mark","message":{"name":"a","result":"played","position_ms":1200}}` and so on.
std::string playback_body(const dialect::Note& note);
/// `{"status":"error","message":{"retries":1,"error":"...","wait_time":100,"http_status":403,"code":6}}`
/// `code` is what later versions of mod_audio_stream have.
std::string error_body(const transport::Failure& failure, const std::string& url,
                       std::uint32_t retries, std::int64_t wait_ms, const Totals* totals = nullptr);

}  // namespace audio_stream::stream
