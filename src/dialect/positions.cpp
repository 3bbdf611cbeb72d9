#include "dialect/positions.hpp"

#include <nlohmann/json.hpp>

#include "base/json_text.hpp"

namespace audio_stream::dialect {

std::string gap_text(std::uint64_t position_ms, std::uint64_t length_ms) {
  return base::json_text({{"type", "gap"}, {"position_ms", position_ms}, {"length_ms", length_ms}});
}

std::string resume_text(std::uint64_t position_ms) {
  return base::json_text({{"type", "resume"}, {"position_ms", position_ms}});
}

}  // namespace audio_stream::dialect
