#include "dialect/acknowledgement.hpp"

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

namespace audio_stream::dialect {
namespace {

// Room for an acknowledgement with some unknown members. It also bounds the parser.
constexpr std::size_t kLongestAcknowledgement = 256;

}  // namespace

std::optional<std::uint64_t> acknowledgement(std::string_view text) {
  if (text.size() > kLongestAcknowledgement || text.find("\"ack\"") == std::string_view::npos) {
    return std::nullopt;
  }
  const auto message = nlohmann::json::parse(text, nullptr, false);
  if (!message.is_object()) return std::nullopt;
  const auto type = message.find("type");
  const auto position = message.find("position_ms");
  if (type == message.end() || *type != "ack" || position == message.end() ||
      !position->is_number_unsigned()) {
    return std::nullopt;
  }
  return position->get<std::uint64_t>();
}

}  // namespace audio_stream::dialect
