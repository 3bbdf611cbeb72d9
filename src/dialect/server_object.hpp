#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "dialect/encoded_audio.hpp"

namespace audio_stream::dialect {

/// The members that we know of a JSON object a server sent.
struct ServerObject {
  std::string type;    ///< empty: none
  std::string action;  ///< empty: none
  std::string name;    ///< of a mark
  std::optional<std::uint64_t> fade_ms;
  std::optional<EncodedAudio> audio;  ///< if it is a streamAudio or playAudio
};

enum class Unreadable : std::uint8_t {
  no_object,  ///< not a JSON object, or not only that
  too_deep,   ///< nested deeper than kMaxJsonDepth
};

/// The reader needs so much room behind a text. A std::string that has it as capacity is read where
/// it is; any other is copied first.
inline constexpr std::size_t kJsonPadding = 64;

/// Reads a server's text in time linear in its length, without a tree. A value that we do not know
/// is not looked into, so it may be no JSON.
/// `text` stays as it is, but is moved into the audio if there is some. `event_bytes`: the limit
/// for the audio's `members` and `around`.
tl::expected<ServerObject, Unreadable> read_object(std::string& text, std::size_t event_bytes);

}  // namespace audio_stream::dialect
