#pragma once

#include "control/options.hpp"
#include "dialect/stream_facts.hpp"
#include "stream/identity.hpp"

namespace audio_stream::stream {

dialect::StreamFacts facts_of(const Identity& identity, const control::Options& options);

}  // namespace audio_stream::stream
