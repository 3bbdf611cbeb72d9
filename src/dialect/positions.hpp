#pragma once

#include <cstdint>
#include <string>

/// Texts that tell the server where in the stream its audio belongs.
namespace audio_stream::dialect {

/// `{"type":"gap","position_ms":1200,"length_ms":340}`: audio that was never sent, by its place in
/// the stream.
std::string gap_text(std::uint64_t position_ms, std::uint64_t length_ms);

/// `{"type":"resume","position_ms":1200}`: where the audio of a connection begins.
std::string resume_text(std::uint64_t position_ms);

}  // namespace audio_stream::dialect
