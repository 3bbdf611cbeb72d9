#include "base/json_text.hpp"

#include <nlohmann/json.hpp>

namespace audio_stream::base {

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace audio_stream::base
