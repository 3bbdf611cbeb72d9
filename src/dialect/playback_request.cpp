#include "dialect/playback_request.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/whole_number.hpp"
#include "dialect/speech.hpp"

namespace audio_stream::dialect {
namespace {

ClearRequest clear_in(const ServerObject& message) {
  constexpr std::uint64_t kLongest = 1000;
  ClearRequest request;
  if (message.fade_ms) {
    request.fade_ms = static_cast<std::uint32_t>(std::min(*message.fade_ms, kLongest));
  }
  return request;
}

RateRequest rate_in(const ServerObject& message) {
  const std::int64_t rate = message.rate.value_or(0);
  if (rate < kLowestRate || rate > kHighestRate) return {};
  return {static_cast<std::uint32_t>(rate)};
}

}  // namespace

std::optional<std::uint64_t> item_number(std::string_view item) noexcept {
  const auto number = base::whole_number(item, 0, std::numeric_limits<long>::max());
  if (!number) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<PlaybackRequest> playback_request(ServerObject&& message) {
  const std::string& type = message.type;
  if (type == "mark") return MarkRequest{std::move(message.name)};
  if (type == "clear" || type == "killAudio") return clear_in(message);
  if (type == "pause" || type == "resume") return PauseRequest{type == "pause"};
  if (type == "rawAudio") return rate_in(message);
  if (type.empty() && message.action == "clear") return clear_in(message);
  return std::nullopt;
}

}  // namespace audio_stream::dialect
