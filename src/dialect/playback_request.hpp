#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "dialect/server_object.hpp"

/// The requests that control what a call hears. docs/protocol.md describes them,
/// docs/protocol.schema.json defines them.
namespace audio_stream::dialect {

struct MarkRequest {
  std::string name;
};
struct ClearRequest {
  std::optional<std::uint32_t> fade_ms;
};
struct PauseRequest {
  bool paused = true;
};
struct RateRequest {          ///< the binary messages that follow have this rate
  std::uint32_t rate_hz = 0;  ///< 0: not one from 4000 to 192000
};
using PlaybackRequest = std::variant<MarkRequest, ClearRequest, PauseRequest, RateRequest>;

/// The request in `message`, if it has one.
std::optional<PlaybackRequest> playback_request(ServerObject&& message);

}  // namespace audio_stream::dialect
