#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "dialect/encoded_audio.hpp"

namespace audio_stream::dialect {

/// The known members of a JSON object that a server sent.
struct ServerObject {
  std::string type;    ///< empty: none
  std::string action;  ///< empty: none
  std::string name;    ///< of a mark
  std::optional<std::uint64_t> fade_ms;
  std::optional<std::int64_t> rate;   ///< of a rawAudio
  std::optional<EncodedAudio> audio;  ///< set for a streamAudio or playAudio
};

enum class Unreadable : std::uint8_t {
  no_object,  ///< not a JSON object, or followed by something
  too_deep,   ///< nested deeper than kMaxJsonDepth
};

/// The room that the reader needs behind a text. A std::string with that much capacity left is read
/// in place; any other is copied first.
inline constexpr std::size_t kJsonPadding = 64;

/// Reads a server's text in time linear in its length, without building a tree. Values of unknown
/// members are not parsed, so they may be no JSON. `text` is unchanged, except that it is moved
/// into the audio if there is any. `event_bytes`: the limit for the audio's `members` and `around`.
tl::expected<ServerObject, Unreadable> read_object(std::string& text, std::size_t event_bytes);

}  // namespace audio_stream::dialect
