#include "stream/facts.hpp"

namespace audio_stream::stream {

dialect::StreamFacts facts_of(const Identity& identity, const control::Options& options) {
  dialect::StreamFacts facts;
  facts.call = identity.call;
  facts.name = identity.name;
  facts.mix = options.audio.mix;
  facts.rate_hz = options.audio.rate_hz;
  facts.packet_ms = options.audio.packet_ms;
  if (options.playback.enabled) facts.down_rate_hz = options.playback_rate_hz();
  facts.down_encoding = options.playback.encoding;
  facts.metadata = options.texts.metadata;
  facts.variables = options.texts.hello_values;
  facts.hello = options.texts.hello;
  facts.resume = options.reconnect.resume;
  facts.gaps = options.texts.gaps;
  facts.digits = options.texts.dtmf;
  if (options.caller.vad != control::Vad::off) {
    facts.vad = options.caller.vad == control::Vad::gate ? "gate" : "on";
  }
  facts.event_bytes = options.limits.event_bytes;
  return facts;
}

}  // namespace audio_stream::stream
