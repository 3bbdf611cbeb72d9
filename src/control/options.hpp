#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "audio/codec/encoder.hpp"
#include "audio/codec/encoding.hpp"
#include "audio/format.hpp"
#include "audio/frame_mixer.hpp"
#include "audio/mask_kind.hpp"
#include "control/allowed_hosts.hpp"
#include "control/end_action.hpp"
#include "control/file_limits.hpp"
#include "dialect/rules/rule.hpp"
#include "transport/websocket.hpp"

namespace audio_stream::control {

using audio::codec::Encoding;

/// The legs that hear the server's audio.
enum class PlayTo : std::uint8_t { caller, callee, both };

/// What stops the server's audio.
enum class BargeIn : std::uint8_t { off, dtmf, speech };

/// The call's audio on its way to the server.
struct AudioOptions {
  audio::Mix mix = audio::Mix::mono;
  std::uint32_t rate_hz = 8000;
  std::uint32_t packet_ms = 20;
  Encoding encoding = Encoding::l16;          ///< on the wire
  std::optional<Encoding> wanted_encoding{};  ///< the user's, which a dialect may contradict
  audio::codec::OpusSettings opus{};
  std::chrono::milliseconds outage_buffer{5000};  ///< queue of audio that cannot be sent yet
  /// Queued audio is sent at most this many times as fast as it was spoken; 0: at once.
  std::uint32_t catch_up = 4;
  /// The call's frames come in real time: silence replaces the missing ones.
  bool real_time = true;

  [[nodiscard]] audio::Format format() const { return {rate_hz, audio::channel_count(mix)}; }
};

/// The server's audio on its way to the call.
struct PlaybackOptions {
  bool enabled = false;
  std::uint32_t rate_hz = 0;          ///< of the server's binary messages; 0: AudioOptions::rate_hz
  Encoding encoding = Encoding::l16;  ///< of the server's binary messages
  std::optional<Encoding> wanted_encoding{};  ///< the user's, which a dialect may contradict
  PlayTo to = PlayTo::caller;
  audio::PlayMode mode = audio::PlayMode::mix;
  std::uint32_t buffer_ms = 300'000;  ///< bound of the audio that waits
  std::uint32_t prebuffer_ms = 60;    ///< audio that is there before playback begins
  BargeIn barge_in = BargeIn::off;
  bool play_out = true;  ///< after a normal close by the server, play what it sent before
};

/// What happens when a connection breaks or cannot be made.
struct ReconnectOptions {
  bool enabled = true;
  std::uint32_t max_attempts = 0;      ///< consecutive failures that end the stream; 0: no limit
  std::chrono::seconds max_outage{0};  ///< an outage this long ends the stream; 0: no limit
  bool resume = false;  ///< the server acknowledges audio; what it did not, is sent again
};

/// When a connection counts as lost, and how long the end of a stream may take.
struct TimeoutOptions {
  std::chrono::seconds heartbeat{0};  ///< idle time before a ping; 0: no pings
  /// Silence after which a server that has answered a ping before counts as lost; 0: none.
  std::chrono::seconds liveness{0};
  std::chrono::seconds stall{
      10};  ///< a server that accepts no data for this long is lost; 0: never
  std::chrono::milliseconds linger{1000};  ///< for sending the queued audio at the end
};

/// How `start` begins.
struct StartOptions {
  std::chrono::milliseconds wait_media{0};  ///< for a call that has no media yet; 0: it is refused
};

/// What a stream says and hears at its end, whatever ends it. A stop's own text and time win.
struct LastWordsOptions {
  std::string text;  ///< sent behind the last audio, with the values of its variables; empty: none
  std::chrono::milliseconds drain{0};  ///< for the server's last words, after all is sent
};

/// The texts beside the audio.
struct TextOptions {
  std::string metadata;         ///< the first message of every connection; empty: none
  bool hello = false;           ///< send a `hello` message with the facts of the stream
  std::string hello_variables;  ///< names of channel variables for it, separated by commas
  /// Those variables, as they were at the start.
  std::vector<std::pair<std::string, std::string>> hello_values;
  bool gaps = false;          ///< tell the server where audio was lost
  bool dtmf = false;          ///< tell the server the caller's digits
  bool suppress_log = false;  ///< do not log the server's texts
};

/// The words on the wire, and what they need of the user.
struct DialectOptions {
  std::string name;  ///< empty: raw
  // The user's settings for an agent or a recogniser; empty: none. docs/dialects/ has the
  // vocabulary.
  std::string instructions;
  std::string voice;
  std::string model;
  std::string language;
  std::string greeting;     ///< `true`: the agent speaks first; or its words
  std::string agent;        ///< the vendor's id of an agent, or its JSON
  std::string parameters;   ///< a JSON object
  bool json_events = true;  ///< the server's texts are events

  std::shared_ptr<const dialect::rules::RuleSet> rules;  ///< none: raw
  /// The values of the rules' placeholders, by name. A placeholder that is not here is unset.
  std::map<std::string, std::string, std::less<>> values;
};

/// Whether the server is told when the caller speaks, and gets nothing else (gate).
enum class Vad : std::uint8_t { off, on, gate };

/// What the stream makes of what the caller says and presses.
struct CallerOptions {
  bool consume_digits = false;  ///< applications of the switch do not get the caller's digits
  Vad vad = Vad::off;
  audio::MaskKind mask = audio::MaskKind::off;  ///< at the start
};

/// What the stream does for the call besides its audio.
struct CareOptions {
  bool keep_rtp = false;  ///< silence is written to the call while nobody else writes to it
};

/// What an administrator bounds.
struct LimitOptions {
  /// Queued audio of all streams that have this stream's packet size.
  std::size_t queue_memory_bytes = std::size_t{256} * 1024 * 1024;
  std::size_t message_bytes = std::size_t{16} * 1024 * 1024;  ///< of one message of the server
  std::size_t event_bytes = std::size_t{1024} * 1024;         ///< of one text for the application
  /// Events and answers that the server may cause; 0: no limit.
  std::uint32_t events_per_second = 200;
  std::size_t streams = 0;           ///< at a time, of all calls; 0: no limit
  std::size_t streams_per_call = 0;  ///< at a time; 0: no limit
  FileLimits files;                  ///< of the audio that the server puts onto the disk
  AllowedHosts allowed_hosts;        ///< of the URLs and the proxy
  std::string secrets_folder;        ///< of the files that `${file:...}` may name; empty: none
};

/// The settings of a stream. They do not change after `start`.
struct Options {
  transport::Endpoint endpoint;
  /// Tried in turn after `endpoint.url`, with the rest of `endpoint` as it is.
  std::vector<transport::Url> further_urls;
  AudioOptions audio;
  PlaybackOptions playback;
  ReconnectOptions reconnect;
  TimeoutOptions timeouts;
  StartOptions start;
  LastWordsOptions last_words;
  EndActions end_actions;
  TextOptions texts;
  DialectOptions dialect;
  CallerOptions caller;
  CareOptions care;
  LimitOptions limits;

  /// The rules that bind several options: why a stream cannot start with these values. The rule for
  /// one value is its Parameter's.
  [[nodiscard]] tl::expected<void, std::string> check() const;

  /// The stream notices when the caller speaks.
  [[nodiscard]] bool listens() const {
    return playback.barge_in == BargeIn::speech || caller.vad != Vad::off;
  }

  [[nodiscard]] std::uint32_t playback_rate_hz() const {
    return playback.rate_hz == 0 ? audio.rate_hz : playback.rate_hz;
  }

  /// Sets the endpoint's bounds on what the kernel holds of the stream, and for how long.
  void bound_the_kernel();
};

}  // namespace audio_stream::control
