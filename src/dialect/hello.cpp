#include "dialect/hello.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

#include "base/json_text.hpp"
#include "dialect/playback.hpp"

namespace audio_stream::dialect {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(audio::Mix mix) {
  switch (mix) {
    case audio::Mix::mono:
      return "mono";
    case audio::Mix::mixed:
      return "mixed";
    case audio::Mix::stereo:
      return "stereo";
  }
  return "?";
}

}  // namespace

std::string hello_text(const StreamFacts& facts) {
  Json hello{{"type", "hello"},
             {"version", kVocabularyVersion},
             {"call", facts.call},
             {"stream", facts.name},
             {"up",
              {{"encoding", "L16"},
               {"rate", facts.rate_hz},
               {"channels", audio::channel_count(facts.mix)},
               {"mix", name_of(facts.mix)},
               {"packet_ms", facts.packet_ms}}}};
  if (facts.down_rate_hz) {
    hello["down"] = {{"encoding", "L16"}, {"rate", *facts.down_rate_hz}, {"channels", 1}};
  }
  for (const auto& [name, value] : facts.variables) hello["variables"][name] = value;
  return base::json_text(hello);
}

}  // namespace audio_stream::dialect
