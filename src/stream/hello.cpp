#include "stream/hello.hpp"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/blanks.hpp"
#include "dialect/playback.hpp"
#include "stream/session.hpp"

namespace audio_stream::stream {
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

std::string hello_text(const Identity& identity, const Options& options) {
  Json hello{{"type", "hello"},
             {"version", dialect::kVocabularyVersion},
             {"call", identity.call},
             {"stream", identity.name},
             {"up",
              {{"encoding", "L16"},
               {"rate", options.rate_hz},
               {"channels", options.format().channels},
               {"mix", name_of(options.mix)},
               {"packet_ms", options.packet_ms}}}};
  if (options.playback) {
    hello["down"] = {{"encoding", "L16"}, {"rate", options.rate_down_hz()}, {"channels", 1}};
  }
  if (!options.hello_values.empty()) {
    for (const auto& [name, value] : options.hello_values) hello["variables"][name] = value;
  }
  return hello.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> hello_variables(const std::string& list) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    std::string name{base::trimmed(std::string_view{list}.substr(begin, comma - begin))};
    begin = comma + 1;
    if (!name.empty() && !ends_in_secret_variable(name)) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace audio_stream::stream
