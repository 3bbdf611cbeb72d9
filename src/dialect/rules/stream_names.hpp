#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "audio/codec/encoding.hpp"
#include "dialect/stream_facts.hpp"

namespace audio_stream::dialect::rules {

/// The names of placeholders whose values the stream itself has. Any other name is a setting of the
/// user.
inline constexpr std::array<std::string_view, 10> kStreamNames{
    "uuid", "uuid-hex", "stream", "stream-hex", "random-hex",
    "rate", "codec",    "mix",    "down-rate",  "metadata"};

inline bool is_stream_name(std::string_view name) noexcept {
  return std::ranges::find(kStreamNames, name) != kStreamNames.end();
}

/// The values of kStreamNames. `stream`, `stream-hex` and `random-hex` are random, so another
/// instance has others.
class StreamNames {
 public:
  StreamNames(const StreamFacts& facts, audio::codec::Encoding encoding);

  /// None if it is no name of the stream.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;

 private:
  std::array<std::string, kStreamNames.size()> values_;
};

}  // namespace audio_stream::dialect::rules
