#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audio/codec/encoding.hpp"
#include "audio/format.hpp"

namespace audio_stream::dialect {

/// What a dialect knows of its stream from `start` on.
struct StreamFacts {
  std::string call;  ///< the channel's uuid
  std::string name;  ///< unique among the call's streams
  audio::Mix mix = audio::Mix::mono;
  std::uint32_t rate_hz = 8000;
  std::uint32_t packet_ms = 20;
  std::optional<std::uint32_t> down_rate_hz;  ///< of the server's binary audio; none: no playback
  audio::codec::Encoding down_encoding = audio::codec::Encoding::l16;  ///< of that audio
  std::string metadata;                                        ///< from the command; empty: none
  std::vector<std::pair<std::string, std::string>> variables;  ///< of the channel

  // What the user asked for.
  bool hello = false;                                  ///< introduce the stream to the server
  bool resume = false;                                 ///< the server acknowledges audio
  std::string vad;                                     ///< `on` or `gate`; empty: not told
  bool gaps = false;                                   ///< tell the server of lost audio
  bool digits = false;                                 ///< tell the server of the caller's digits
  std::size_t event_bytes = std::size_t{1024} * 1024;  ///< a longer text for an event is cut
};

}  // namespace audio_stream::dialect
