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
#include "audio/mask_kind.hpp"
#include "transport/url.hpp"

/// Reads a user's command: `<uuid> <verb> [key=value ...] [--] <the syntax of
/// mod_audio_stream 1.0>`.
namespace audio_stream::control {

inline constexpr std::string_view kDefaultName = "default";

/// The bound on `drain=` and STREAM_DRAIN.
inline constexpr long kLongestDrainMs = 60'000;

/// The time that a recogniser has for its last words after `graceful-shutdown`, if neither
/// `drain=` nor STREAM_DRAIN says otherwise.
inline constexpr std::chrono::milliseconds kGracefulDrain{10'000};

struct StartCommand {
  transport::Url url;                        ///< without a host: none was given
  std::vector<transport::Url> further_urls;  ///< tried in turn after `url`
  audio::Mix mix = audio::Mix::mono;
  std::optional<std::uint32_t> rate_hz;
  std::string metadata;
  bool metadata_mended = false;  ///< the metadata was not UTF-8
  std::string profile;           ///< of the configuration; empty: none
  /// Parameters by name; the values are valid.
  std::vector<std::pair<std::string, std::string>> settings;
};
struct SendTextCommand {
  std::string text;
};
struct StopCommand {
  std::string text;       ///< empty: none
  bool graceful = false;  ///< graceful-shutdown
  /// Time in which the server may still send. None: STREAM_DRAIN, or kGracefulDrain if graceful.
  std::optional<std::chrono::milliseconds> drain{};
};
/// Discards the audio that waits to be played.
struct ClearCommand {
  std::optional<std::uint32_t> fade_ms;
};
/// Replaces the caller's audio, or ends that.
struct MaskCommand {
  bool on = true;
  std::optional<audio::MaskKind> kind;  ///< none: as the stream's setting says
};
struct PauseCommand {};
struct ResumeCommand {};

struct Command {
  std::string name{kDefaultName};  ///< of the stream
  std::variant<StartCommand, SendTextCommand, StopCommand, ClearCommand, MaskCommand, PauseCommand,
               ResumeCommand>
      action;
};

/// Why a line is not a command.
struct CommandError {
  std::string reason;       ///< shows no secret
  bool show_usage = false;  ///< the line is incomplete rather than wrong
  std::string syntax;       ///< then: of this verb alone, without the uuid
};

inline constexpr std::string_view kUsage =
    "<uuid> start [name=<stream>] [profile=<name>] [dialect=<name>] [encoding=<codec>] "
    "[playback=on] [down-rate=<Hz>] [down-encoding=<codec>] "
    "[play-to=caller|callee|both] [play-mode=mix|replace] [barge-in=dtmf|speech|off] [dtmf=on] "
    "[dtmf-consume=on] [vad=on|gate] [mask=silence|tone] [keep-rtp=on] [hello=on] [resume=on] "
    "[wait-media=<ms>] [end-text=<text>] [drain=<ms>] [on-close=<action>] [on-failure=<action>] "
    "[--] "
    "<ws-url>[,<ws-url>...] <mono|mixed|stereo> [8k|16k|24k|32k|48k|<Hz>] [<metadata>] | "
    "<uuid> send_text [name=<stream>] [--] <text> | "
    "<uuid> stop|graceful-shutdown [name=<stream>] [drain=<ms>] [--] [<text>] | "
    "<uuid> clear [name=<stream>] [fade=<ms>] | <uuid> pause|resume [name=<stream>] | "
    "<uuid> mask [name=<stream>] on|off [silence|tone] | reload | dialects | dialect <name>";

/// Whether `word` is a verb: in a uuid's place it says that the uuid is missing.
bool is_verb(std::string_view word) noexcept;

/// Takes the first word off `line`, with the blanks around it, and returns it.
std::string_view take_word(std::string_view& line) noexcept;

/// Reads what follows the uuid. Texts and metadata are the rest of the line, byte for byte: JSON in
/// them must arrive as it was written, so nothing but a pair of quotes around the whole is taken
/// off (unquoted_text()), and nothing is split.
tl::expected<Command, CommandError> parse_command(std::string_view line);

}  // namespace audio_stream::control
