#pragma once

#include "control/options.hpp"
#include "dialect/stream_facts.hpp"
#include "stream/identity.hpp"

namespace audio_stream::stream {

/// What the stream's dialect is made with.
dialect::StreamFacts facts_of(const Identity& identity, const control::Options& options);

}  // namespace audio_stream::stream
