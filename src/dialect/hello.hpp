#pragma once

#include <string>

#include "dialect/stream_facts.hpp"

namespace audio_stream::dialect {

/// The text by which a stream introduces itself to the server, for those that ask for it
/// (`hello=on`): who it is, and what the audio is like in both directions.
std::string hello_text(const StreamFacts& facts);

}  // namespace audio_stream::dialect
