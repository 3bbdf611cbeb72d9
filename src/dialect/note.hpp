#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "dialect/answer.hpp"

/// What became of the server's audio and requests, as plain values. The stream tells the
/// application by an event, and the dialect tells the server.
namespace audio_stream::dialect {

struct MarkNote {  ///< the answer to a mark
  std::string name;
  bool played = false;  ///< the call heard all audio before it; false: a clear came first
  std::uint64_t position_ms = 0;
  Answer answer{};           ///< of the request
  bool is_internal = false;  ///< of a ServerPiece's `played`: no event
};
/// What was heard of an item of which a clear discarded something.
struct CutItem {
  std::string id;
  std::uint64_t heard_ms = 0;
};
struct ClearedNote {  ///< the answer to a clear of the server, the API or barge-in
  std::string reason;
  std::uint64_t utterance = 0;    ///< counts from 1
  std::uint64_t heard_ms = 0;     ///< heard of that utterance
  std::uint64_t thrown_ms = 0;    ///< discarded of everything that was queued
  std::vector<CutItem> items{};   ///< in their order
  std::vector<Answer> answers{};  ///< of the requests that this answers
};
struct PausedNote {
  bool paused = true;
  std::uint64_t position_ms = 0;
};
struct DrainedNote {  ///< the call has heard all audio
  std::uint64_t position_ms = 0;
};
struct FlowNote {
  bool go = true;  ///< false: the server should wait
  std::uint64_t queued_ms = 0;
};
struct RefusedNote {  ///< audio or a request that the stream did not take
  std::string reason;
  std::uint64_t refused_ms = 0;
};
using Note = std::variant<MarkNote, ClearedNote, PausedNote, DrainedNote, FlowNote, RefusedNote>;

/// A note in the words of docs/protocol.md. The `playback` event uses the same words.
struct NoteWords {
  using Value = std::variant<std::uint64_t, std::string>;
  std::string_view type;  ///< a literal
  std::vector<std::pair<std::string_view, Value>> members;
};
NoteWords words_of(const Note& note);

}  // namespace audio_stream::dialect
