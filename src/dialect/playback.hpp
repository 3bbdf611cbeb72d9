#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "dialect/server_object.hpp"

/// The small vocabulary of texts by which a server controls what a call hears, and is told what
/// was heard. docs/protocol.md describes it, docs/protocol.schema.json defines it.
namespace audio_stream::dialect {

/// Counts up when a text changes its meaning.
inline constexpr int kVocabularyVersion = 1;

// What a server may say.

struct MarkRequest {
  std::string name;
};
struct ClearRequest {
  std::optional<std::uint32_t> fade_ms;
};
struct PauseRequest {
  bool paused = true;
};
using PlaybackRequest = std::variant<MarkRequest, ClearRequest, PauseRequest>;

/// The request that `message` is, if it is one.
std::optional<PlaybackRequest> playback_request(ServerObject&& message);

// What we say.

/// Something that a server, and mostly the application too, is told.
struct Note {
  std::string type;
  nlohmann::ordered_json fields = nlohmann::ordered_json::object();
};

Note mark_note(const std::string& name, bool played, std::uint64_t position_ms);
/// Of utterance number `utterance` so much was heard, and so much of all that was queued is gone.
Note cleared_note(const std::string& reason, std::uint64_t utterance, std::uint64_t heard_ms,
                  std::uint64_t thrown_ms);
Note paused_note(bool paused, std::uint64_t position_ms);
Note drained_note(std::uint64_t position_ms);
/// xoff, or xon.
Note flow_note(bool go, std::uint64_t queued_ms);
Note refused_note(const std::string& reason, std::uint64_t refused_ms);
Note dtmf_note(char digit, std::uint32_t duration_ms);

/// `{"type":"<type>",<fields>}`
std::string text_of(const Note& note);

}  // namespace audio_stream::dialect
