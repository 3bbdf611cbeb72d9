#include "dialect/note.hpp"

#include "base/overloaded.hpp"

namespace audio_stream::dialect {

NoteWords words_of(const Note& note) {
  return std::visit(
      base::Overloaded{
          [](const MarkNote& mark) -> NoteWords {
            return {"mark",
                    {{"name", mark.name},
                     {"result", mark.played ? "played" : "cleared"},
                     {"position_ms", mark.position_ms}}};
          },
          [](const ClearedNote& cleared) -> NoteWords {
            return {"cleared",
                    {{"reason", cleared.reason},
                     {"utterance", cleared.utterance},
                     {"heard_ms", cleared.heard_ms},
                     {"thrown_ms", cleared.thrown_ms}}};
          },
          [](const PausedNote& pause) -> NoteWords {
            return {pause.paused ? "paused" : "resumed", {{"position_ms", pause.position_ms}}};
          },
          [](const DrainedNote& drained) -> NoteWords {
            return {"drained", {{"position_ms", drained.position_ms}}};
          },
          [](const FlowNote& flow) -> NoteWords {
            return {flow.go ? "xon" : "xoff", {{"queued_ms", flow.queued_ms}}};
          },
          [](const RefusedNote& refused) -> NoteWords {
            return {"error", {{"reason", refused.reason}, {"refused_ms", refused.refused_ms}}};
          },
      },
      note);
}

}  // namespace audio_stream::dialect
