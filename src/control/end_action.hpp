#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace audio_stream::control {

/// What happens to the call when its stream has ended by itself: STREAM_ON_CLOSE and
/// STREAM_ON_FAILURE.
struct EndAction {
  enum class Kind : std::uint8_t { go_on, hang_up, transfer };

  Kind kind = Kind::go_on;
  // Of a transfer.
  std::string to{};
  std::string dialplan{};  ///< empty: the call's own
  std::string context{};   ///< empty: the call's own

  bool operator==(const EndAction&) const = default;
};

inline constexpr std::string_view kEndActions =
    "continue, hangup or transfer:<destination>[:<dialplan>[:<context>]] (not the dialplan inline)";

/// One of kEndActions; nothing if `text` is none. Nothing in it is expanded.
[[nodiscard]] std::optional<EndAction> parse_end_action(std::string_view text);

/// As a user would write it.
[[nodiscard]] std::string to_string(const EndAction& action);

/// By STREAM_ON_CLOSE and STREAM_ON_FAILURE. Without one a close follows the dialect, and a failure
/// changes nothing.
struct EndActions {
  std::optional<EndAction> on_close;
  std::optional<EndAction> on_failure;
};

}  // namespace audio_stream::control
