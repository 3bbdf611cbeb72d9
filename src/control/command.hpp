#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "audio/format.hpp"
#include "transport/url.hpp"

/// The words a user gives: `<uuid> <verb> [key=value ...] [--] <the syntax of
/// mod_audio_stream 1.0>`.
namespace audio_stream::control {

inline constexpr std::string_view kDefaultName = "default";

struct StartCommand {
  transport::Url url;
  std::vector<transport::Url> further_urls;  ///< to be tried in turn after it
  audio::Mix mix = audio::Mix::mono;
  std::uint32_t rate_hz = 8000;
  std::string metadata;
  bool metadata_mended = false;  ///< it was no UTF-8
  std::string profile;           ///< of the configuration; empty: none
  /// Parameters by name, with values that were found to be good.
  std::vector<std::pair<std::string, std::string>> settings;
};
struct SendTextCommand {
  std::string text;
};
struct StopCommand {
  std::string text;                    ///< empty: none
  std::chrono::milliseconds drain{0};  ///< how long to go on listening to the server
};
/// What is being played to the call goes.
struct ClearCommand {
  std::optional<std::uint32_t> fade_ms;
};
struct PauseCommand {};
struct ResumeCommand {};

struct Command {
  std::string name{kDefaultName};  ///< of the stream
  std::variant<StartCommand, SendTextCommand, StopCommand, ClearCommand, PauseCommand,
               ResumeCommand>
      action;
};

/// Why a line is no command.
struct CommandError {
  std::string reason;       ///< for a person; no secret in it
  bool show_usage = false;  ///< the line is incomplete rather than wrong
  std::string syntax;       ///< then: of this verb alone, without the uuid
};

inline constexpr std::string_view kUsage =
    "<uuid> start [name=<stream>] [profile=<name>] [playback=on] [down-rate=<Hz>] "
    "[play-to=caller|callee|both] [play-mode=mix|replace] [barge-in=dtmf|speech|off] [dtmf=on] "
    "[hello=on] [resume=on] [--] <ws-url>[,<ws-url>...] <mono|mixed|stereo> "
    "[8k|16k|24k|32k|48k|<Hz>] [<metadata>] | <uuid> send_text [name=<stream>] [--] <text> | "
    "<uuid> stop|graceful-shutdown [name=<stream>] [drain=<ms>] [--] [<text>] | "
    "<uuid> clear [name=<stream>] [fade=<ms>] | <uuid> pause|resume [name=<stream>] | reload";

/// Whether `word` is a verb: in a uuid's place it says that the uuid is missing.
bool is_verb(std::string_view word) noexcept;

/// The first word of `line`, which is then what follows it. Words are parted by blanks.
std::string_view take_word(std::string_view& line) noexcept;

/// Reads what follows the uuid. Text and metadata are the rest of the line byte for byte: no
/// unquoting, no splitting, because JSON in it must arrive as it was written.
tl::expected<Command, CommandError> parse_command(std::string_view line);

}  // namespace audio_stream::control
