#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audio/format.hpp"

namespace audio_stream::dialect {

/// What a dialect may tell a server about the stream.
struct StreamFacts {
  std::string call;  ///< the channel's uuid
  std::string name;  ///< of the stream, among those of its call
  audio::Mix mix = audio::Mix::mono;
  std::uint32_t rate_hz = 8000;
  std::uint32_t packet_ms = 20;
  std::optional<std::uint32_t> down_rate_hz;  ///< of the server's binary audio; none: no playback
  std::vector<std::pair<std::string, std::string>> variables;  ///< of the channel, with values
};

}  // namespace audio_stream::dialect
