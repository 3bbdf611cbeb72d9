#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audio/codec/encoding.hpp"
#include "dialect/dialect.hpp"
#include "dialect/rules/json_path.hpp"
#include "dialect/rules/match.hpp"
#include "dialect/rules/text_template.hpp"

/// The rules of a dialect, as docs/dialects/rules.md describes them, compiled and checked.
namespace audio_stream::dialect::rules {

enum class Form : std::uint8_t { text, binary };

/// A constant, or the way to a value in the message (`@path`, or `@path=word`: whether it is that
/// word).
struct Word {
  std::string constant;
  std::optional<JsonPath> path;
  std::optional<std::string> compared;
};

/// A message to the server that an event of the stream causes.
struct SendRule {
  enum class On : std::uint8_t {
    open,            ///< the connection was made
    ready,           ///< the ready rule's message came
    dtmf,            ///< the caller pressed a key
    speech_started,  ///< the caller began to speak
    speech_stopped,  ///< and stopped
    drained,         ///< the call has heard everything
    drained_once,    ///< the same, once after each `arm`
    xoff,            ///< the server should wait
    xon,             ///< the server may go on
    cleared,         ///< a clear was carried out
    idle,            ///< no audio went out for `every`
    timer,           ///< each `every`
    end,             ///< the stream ends
  };
  On on = On::open;
  Form as = Form::text;
  bool is_empty = false;        ///< an empty message; any other without text is not sent
  std::uint32_t every_ms = 0;   ///< of `idle` and `timer`
  std::uint32_t linger_ms = 0;  ///< of `end`: how long the server's last messages are waited for
  std::optional<Match> until;   ///< of `end`: the server's last message
  TextTemplate text;
};

/// No audio goes up before this message came.
struct ReadyRule {
  Match match;
  std::uint32_t timeout_ms = 10'000;
};

struct UpRule {
  Form as = Form::binary;
  audio::codec::Encoding codec = audio::codec::Encoding::l16;
  std::uint32_t rate_hz = 0;   ///< 0: the stream's
  std::uint32_t chunk_ms = 0;  ///< audio in a message; 0: the stream's
  TextTemplate text;           ///< with Form::text
};

/// Audio for the call.
struct DownRule {
  Form as = Form::binary;
  std::optional<Match> match;           ///< with Form::text
  std::optional<JsonPath> path;         ///< of the base64, with Form::text
  Word codec;                           ///< a name that audio_type() knows
  Word rate;                            ///< empty: the codec's, or the stream's
  std::optional<JsonPath> item;         ///< the id of what the audio is part of
  LateAudio late = LateAudio::plays;    ///< what becomes of a cut item's late audio
  std::optional<Match> replace_unless;  ///< clears before it, unless this holds
  TextTemplate ack;                     ///< sent on receipt
  TextTemplate played;                  ///< sent when the call has heard it
};

// What an `on` rule does before it replies.
struct DoNothing {};
struct DoClear {
  bool return_marks = true;     ///< marks that a clear throws away are answered
  std::optional<JsonPath> cut;  ///< late audio of items up to this id is thrown away
  TextTemplate each_item;       ///< sent for each item of which something was thrown away
};
struct DoMark {
  Word name;
  std::string played = "played";    ///< ${outcome} of a mark whose audio was heard
  std::string cleared = "cleared";  ///< and of one whose audio was thrown away
};
struct DoForgetMarks {};
struct DoPause {
  bool paused = true;
};
struct DoArm {};  ///< the next `drained` causes `drained-once`
struct DoHangup {};
struct DoClose {};
struct DoFormat {
  std::optional<JsonPath> down;  ///< a name like pcm_16000
  std::optional<JsonPath> up;
  std::optional<JsonPath> rate;  ///< of the audio down, in Hz
};
struct DoSet {
  std::string variable;
  Word value;
};
struct DoTranscript {
  Word who;
  JsonPath text;
  Word final;
  std::optional<JsonPath> start;
  std::optional<JsonPath> end;
  bool in_ms = false;                  ///< start and end are in milliseconds, not in seconds
  std::optional<JsonPath> confidence;  ///< 0 to 1
};
struct DoFail {
  std::optional<JsonPath> reason;  ///< the server's words; none: the whole message
  bool soft = false;               ///< an error event, and the stream goes on
};
using Action = std::variant<DoNothing, DoClear, DoMark, DoForgetMarks, DoPause, DoArm, DoHangup,
                            DoClose, DoFormat, DoSet, DoTranscript, DoFail>;

/// What a message of the server causes.
struct OnRule {
  Match match;
  std::string
      written_match;  ///< identifies the rule: a dialect that is based on another replaces it
  Action action;
  TextTemplate reply;  ///< sent after the action; with DoMark: when the mark is due
};

/// A header of the handshake.
struct HeaderRule {
  std::string name;
  TextTemplate value;
};

/// A dialect. Rules of one event are in the order of the file.
struct RuleSet {
  enum class JsonIn : std::uint8_t { text, binary, both };

  std::string name;
  std::string base;    ///< the dialect whose rules are taken as well
  std::string source;  ///< the XML, for a reader
  TextTemplate url;    ///< for a `start` without one
  std::vector<HeaderRule> headers;
  std::string subprotocol;
  std::optional<RemoteClose> remote_close;
  std::optional<JsonIn> json_in;
  std::optional<bool> text_only;

  std::vector<SendRule> send;
  std::optional<ReadyRule> ready;
  std::optional<UpRule> up;
  std::vector<DownRule> down;
  std::vector<OnRule> on;
};

/// `set` with the rules of `base` that it does not replace. A `send` rule replaces all of its
/// event, an `on` rule the one of the same match, and any `down` rule all of them.
RuleSet based_on(const RuleSet& base, RuleSet set);

}  // namespace audio_stream::dialect::rules
