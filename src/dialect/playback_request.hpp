#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "dialect/answer.hpp"
#include "dialect/server_object.hpp"

/// The requests that control what a call hears. docs/protocol.md describes them,
/// docs/protocol.schema.json defines them.
namespace audio_stream::dialect {

struct MarkRequest {
  std::string name;
  Answer answer{};
};
struct ForgetMarksRequest {};  ///< marks that wait get no answer
struct ClearRequest {
  std::optional<std::uint32_t> fade_ms;
  Answer answer{};
  bool returns_marks = true;            ///< false: as a ForgetMarksRequest
  std::optional<std::uint64_t> cut_to;  ///< with LateAudio::numbered: the last item that is cut
};
struct PauseRequest {
  bool paused = true;
};
struct RateRequest {          ///< the binary messages that follow have this rate
  std::uint32_t rate_hz = 0;  ///< 0: not one from 4000 to 192000
};
using PlaybackRequest =
    std::variant<MarkRequest, ForgetMarksRequest, ClearRequest, PauseRequest, RateRequest>;

/// What becomes of audio that comes after a clear and is part of an item that the clear cut.
enum class LateAudio : std::uint8_t {
  plays,
  same,      ///< discarded if it is of an item that was cut
  numbered,  ///< discarded if its item's number is at most that of the last item that was cut
};

/// The number that an item's name is, if it is one.
std::optional<std::uint64_t> item_number(std::string_view item) noexcept;

/// The request in `message`, if it has one.
std::optional<PlaybackRequest> playback_request(ServerObject&& message);

}  // namespace audio_stream::dialect
