#include "dialect/positions.hpp"

#include <nlohmann/json.hpp>

namespace audio_stream::dialect {

using Json = nlohmann::ordered_json;

std::string gap_text(std::uint64_t position_ms, std::uint64_t length_ms) {
  return Json{{"type", "gap"}, {"position_ms", position_ms}, {"length_ms", length_ms}}.dump();
}

std::string resume_text(std::uint64_t position_ms) {
  return Json{{"type", "resume"}, {"position_ms", position_ms}}.dump();
}

}  // namespace audio_stream::dialect
