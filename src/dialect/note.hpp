#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What became of the audio and the requests of a server, as plain values. The stream tells the
/// application by an event, and the dialect tells the server in its own words.
namespace audio_stream::dialect {

struct MarkNote {  ///< the answer to a mark
  std::string name;
  bool played = false;  ///< the call heard all audio before it; false: a clear came first
  std::uint64_t position_ms = 0;
};
struct ClearedNote {  ///< the answer to a clear, whoever asked for it
  std::string reason;
  std::uint64_t utterance = 0;  ///< counts from 1
  std::uint64_t heard_ms = 0;   ///< of that utterance
  std::uint64_t thrown_ms = 0;  ///< of everything that was queued
};
struct PausedNote {
  bool paused = true;
  std::uint64_t position_ms = 0;
};
struct DrainedNote {  ///< the call has heard everything
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

/// A note in the words of docs/protocol.md, which are also the words of the `playback` event.
struct NoteWords {
  using Value = std::variant<std::uint64_t, std::string>;
  std::string_view type;  ///< a literal
  std::vector<std::pair<std::string_view, Value>> members;
};
NoteWords words_of(const Note& note);

}  // namespace audio_stream::dialect
