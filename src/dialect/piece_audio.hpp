#pragma once

#include <cstdint>
#include <string>

#include "dialect/audio_type.hpp"
#include "dialect/incoming.hpp"

namespace audio_stream::dialect {

/// The audio of a ServerPiece out of its bytes. G.711, 32-bit float and WAV are decoded here; L16
/// and Opus need what came before. `rate_hz`: of all but WAV and Opus.
decltype(ServerPiece::audio) piece_audio(std::string bytes, AudioType type, std::uint32_t rate_hz);

}  // namespace audio_stream::dialect
