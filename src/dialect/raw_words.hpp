#pragma once

#include <cstdint>
#include <string>

#include "dialect/caller_note.hpp"
#include "dialect/note.hpp"
#include "dialect/stream_facts.hpp"

/// The texts of the `raw` dialect, as docs/protocol.md describes them.
namespace audio_stream::dialect {

/// Incremented when a text changes its meaning.
inline constexpr int kVocabularyVersion = 1;

/// The text that introduces a stream to the server (`hello=on`): its ids, and the audio format of
/// both directions.
std::string hello_text(const StreamFacts& facts);

/// `{"type":"gap","position_ms":1200,"length_ms":340}`: audio that was never sent, by its position
/// in the stream.
std::string gap_text(std::uint64_t position_ms, std::uint64_t length_ms);

/// `{"type":"part","position_ms":1200}`: where the next audio begins, after some was left out.
std::string part_text(std::uint64_t position_ms);

/// `{"type":"resume","position_ms":1200}`: where the audio of a connection begins.
std::string resume_text(std::uint64_t position_ms);

/// `{"type":"dtmf","digit":"5","duration_ms":100}`
std::string digit_text(char digit, std::uint32_t duration_ms);

/// `{"type":"speech_stopped","position_ms":2600,"length_ms":1400}` and so on
std::string caller_text(const CallerNote& note);

/// `{"type":"<type>",<members>}`
std::string note_text(const Note& note);

}  // namespace audio_stream::dialect
