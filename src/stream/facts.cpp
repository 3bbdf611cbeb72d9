#include "stream/facts.hpp"

namespace audio_stream::stream {

dialect::StreamFacts facts_of(const Identity& identity, const control::Options& options) {
  dialect::StreamFacts facts;
  facts.call = identity.call;
  facts.name = identity.name;
  facts.mix = options.mix;
  facts.rate_hz = options.rate_hz;
  facts.packet_ms = options.packet_ms;
  if (options.playback) facts.down_rate_hz = options.rate_down_hz();
  facts.metadata = options.metadata;
  facts.variables = options.hello_values;
  facts.hello = options.hello;
  facts.resume = options.resume;
  facts.gaps = options.gap_text;
  facts.digits = options.dtmf;
  facts.event_bytes = options.event_bytes;
  return facts;
}

}  // namespace audio_stream::stream
