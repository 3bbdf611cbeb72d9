#include "control/command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>

#include "base/blanks.hpp"
#include "base/letter_case.hpp"
#include "base/redacted.hpp"
#include "base/utf8.hpp"
#include "base/whole_number.hpp"
#include "control/parameters.hpp"
#include "control/words.hpp"

namespace audio_stream::control {
namespace {

using base::kBlanks;
using Parsed = tl::expected<decltype(Command::action), CommandError>;

// A text is kept until it can be sent; this is the most of one that we keep.
constexpr std::size_t kMaxText = std::size_t{1024} * 1024;

tl::unexpected<CommandError> wrong(std::string reason) {
  return tl::unexpected(CommandError{std::move(reason), false, {}});
}

/// parse_command() adds the syntax.
tl::unexpected<CommandError> incomplete(std::string reason) {
  return tl::unexpected(CommandError{std::move(reason), true, {}});
}

void skip_blanks(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
}

tl::expected<void, CommandError> check_size(std::string_view text, const char* what) {
  if (text.size() <= kMaxText) return {};
  return wrong(std::string{what} + " has " + std::to_string(text.size()) +
               " bytes; at most 1048576 can be sent");
}

tl::expected<std::string, CommandError> parse_text(std::string_view text, const char* what) {
  if (const auto fits = check_size(text, what); !fits) return tl::unexpected(fits.error());
  if (!base::is_utf8(text)) return wrong(std::string{what} + " is not valid UTF-8");
  return std::string{text};
}

tl::expected<audio::Mix, CommandError> parse_mix(std::string_view word) {
  if (base::equals_ignoring_case(word, "mono")) return audio::Mix::mono;
  if (base::equals_ignoring_case(word, "mixed")) return audio::Mix::mixed;
  if (base::equals_ignoring_case(word, "stereo")) return audio::Mix::stereo;
  return wrong("invalid mix type " + base::quoted(word) + ": must be mono, mixed or stereo");
}

tl::expected<std::uint32_t, CommandError> parse_rate(std::string_view word) {
  std::uint32_t rate = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, rate);
  const std::string_view unit = word.substr(static_cast<std::size_t>(stop - word.data()));
  const bool kilo = error == std::errc{} && base::equals_ignoring_case(unit, "k") && rate <= 48;
  if (kilo) rate *= 1000;
  const bool whole = unit.empty() || (kilo && rate % 8000 == 0);
  if (error == std::errc{} && whole && audio::is_rate(rate)) return rate;
  // Where the rate was forgotten this is metadata, which may be nobody's business: show little of
  // it.
  return wrong("invalid sample rate " + base::quoted(word, 12) +
               ": must be 8k, 16k, 24k, 32k or 48k, or 8000, 11025, 12000, 16000, 22050, 24000, "
               "32000, 44100 or 48000 Hz");
}

bool is_start_option(std::string_view key) noexcept;

/// The key of a word that looks like an option, "key=value"; empty if it does not. A URL or JSON
/// does not.
std::string_view option_key(std::string_view word) noexcept {
  const std::string_view key = word.substr(0, word.find('='));
  const bool letters = std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
  return key.size() < word.size() && letters ? key : std::string_view{};
}

/// The error for an option that follows the URL, in place of the mix type or the rate; nothing if
/// `word` is no option.
std::optional<CommandError> misplaced(std::string_view word) {
  const std::string_view key = option_key(word);
  if (!is_start_option(key)) return std::nullopt;
  return CommandError{
      "the option " + base::quoted(key) + " follows the URL: options come first", false, {}};
}

Parsed parse_start(std::string_view line) {
  const std::string_view url_word = take_word(line);
  if (url_word.empty()) return incomplete("start needs a websocket url and a mix type");
  auto urls = transport::parse_urls(url_word);
  if (!urls) return wrong(urls.error());
  const std::string_view mix_word = take_word(line);
  if (mix_word.empty()) return incomplete("start needs a mix type: mono, mixed or stereo");
  if (auto late = misplaced(mix_word)) return tl::unexpected(std::move(*late));
  const auto mix = parse_mix(mix_word);
  if (!mix) return tl::unexpected(mix.error());

  StartCommand start;
  start.url = std::move(urls->front());
  start.further_urls.assign(std::make_move_iterator(std::next(urls->begin())),
                            std::make_move_iterator(urls->end()));
  start.mix = *mix;
  if (const std::string_view rate_word = take_word(line); !rate_word.empty()) {
    if (auto late = misplaced(rate_word)) return tl::unexpected(std::move(*late));
    const auto rate = parse_rate(rate_word);
    if (!rate) return tl::unexpected(rate.error());
    start.rate_hz = *rate;
  }
  if (const auto fits = check_size(line, "the metadata"); !fits) {
    return tl::unexpected(fits.error());
  }
  // The caller's name may stand in it, as the caller's telephone encodes it: no caller is to lose
  // the stream by that.
  start.metadata_mended = !base::is_utf8(line);
  start.metadata = start.metadata_mended ? base::mended_utf8(line) : std::string{line};
  return start;
}

Parsed parse_send_text(std::string_view line) {
  if (line.empty()) return incomplete("send_text needs a text to send");
  auto text = parse_text(line, "the text");
  if (!text) return tl::unexpected(text.error());
  return SendTextCommand{std::move(*text)};
}

Parsed parse_stop(std::string_view line) {
  auto text = parse_text(line, "the text");
  if (!text) return tl::unexpected(text.error());
  return StopCommand{std::move(*text)};
}

template <class Empty>
Parsed parse_no_arguments(std::string_view line) {
  // The rest may be a URL, headers or metadata that are no business of this verb.
  if (!line.empty()) return wrong(base::quoted(take_word(line)) + " is one word too many");
  return Empty{};
}

// How long a recogniser may take for its last words if nobody says how long.
constexpr std::chrono::milliseconds kGracefulDrain{10'000};
constexpr long kLongestDrainMs = 60'000;
constexpr long kLongestFadeMs = 1000;

Parsed parse_graceful_shutdown(std::string_view line) {
  auto stop = parse_stop(line);
  if (stop) std::get<StopCommand>(*stop).drain = kGracefulDrain;
  return stop;
}

struct Verb {
  std::string_view word;
  Parsed (*parse)(std::string_view);
  bool starts = false;  ///< takes a profile and parameters
  bool takes_drain = false;
  bool takes_fade = false;
  bool takes_text = false;  ///< which may look like an option
};
constexpr std::array kVerbs{
    Verb{"start", parse_start, true},
    Verb{"send_text", parse_send_text, false, false, false, true},
    Verb{"stop", parse_stop, false, true, false, true},
    Verb{"graceful-shutdown", parse_graceful_shutdown, false, true, false, true},
    Verb{"clear", parse_no_arguments<ClearCommand>, false, false, true},
    Verb{"pause", parse_no_arguments<PauseCommand>},
    Verb{"resume", parse_no_arguments<ResumeCommand>},
};

/// What stands between a verb and its arguments.
struct GivenOptions {
  std::string name{kDefaultName};
  std::string profile;                                        ///< start alone; empty: none
  std::optional<std::chrono::milliseconds> drain;             ///< stop and graceful-shutdown
  std::optional<std::uint32_t> fade_ms;                       ///< clear
  std::vector<std::pair<std::string, std::string>> settings;  ///< start
  bool ended = false;                                         ///< by "--"
};

/// Parameters of a stream that may stand in the command as well, by their names there.
struct StartOption {
  std::string_view key;
  const char* parameter;
};
constexpr std::array kStartOptions{
    StartOption{"playback", "STREAM_PLAYBACK"}, StartOption{"down-rate", "STREAM_SAMPLE_RATE"},
    StartOption{"play-to", "STREAM_PLAY_TO"},   StartOption{"play-mode", "STREAM_PLAY_MODE"},
    StartOption{"barge-in", "STREAM_BARGE_IN"}, StartOption{"dtmf", "STREAM_DTMF"},
    StartOption{"hello", "STREAM_HELLO"},       StartOption{"resume", "STREAM_RESUME"},
};

bool is_start_option(std::string_view key) noexcept {
  return base::equals_ignoring_case(key, "name") || base::equals_ignoring_case(key, "profile") ||
         std::any_of(kStartOptions.begin(), kStartOptions.end(), [key](const StartOption& option) {
           return base::equals_ignoring_case(option.key, key);
         });
}

/// What is wrong with a word that looks like an option and is none of `verb`'s.
std::string unknown_option(std::string_view key, const Verb& verb) {
  std::string text = "unknown option " + base::quoted(key) + ": must be name=";
  if (verb.takes_fade) text += " or fade=";
  if (!verb.starts) return text;
  text += ", profile=";
  for (const StartOption& option : kStartOptions) {
    text += &option == &kStartOptions.back() ? " or " : ", ";
    text += std::string{option.key} + "=";
  }
  return text;
}

/// What follows the uuid, of that verb alone.
std::string syntax_of(const Verb& verb) {
  constexpr std::string_view kUuid = "<uuid> ";
  const std::size_t at = kUsage.find(std::string{kUuid} + std::string{verb.word} + " ");
  const std::string_view begun = kUsage.substr(at + kUuid.size());
  return std::string{begun.substr(0, begun.find(" | "))};
}

/// The value of the option `key` if `word` is one, else nothing.
std::optional<std::string_view> value_of(std::string_view key, std::string_view word) {
  if (word.size() <= key.size() || word[key.size()] != '=' ||
      !base::equals_ignoring_case(word.substr(0, key.size()), key)) {
    return std::nullopt;
  }
  return word.substr(key.size() + 1);
}

/// Whether `word` sets a parameter of the stream; an error if its value is none.
tl::expected<bool, CommandError> take_setting(std::string_view word, GivenOptions& given) {
  for (const StartOption& option : kStartOptions) {
    const auto value = value_of(option.key, word);
    if (!value) continue;
    const Parameter* parameter = find_parameter(option.parameter);
    Options scratch;
    if (const auto why = parameter->read(std::string{*value}, scratch)) {
      return wrong("invalid " + std::string{option.key} + " " + base::quoted(*value) + ": " + *why);
    }
    given.settings.emplace_back(option.parameter, *value);
    return true;
  }
  return false;
}

/// A number of milliseconds that an option gives, if `word` is that option.
tl::expected<std::optional<long>, CommandError> take_ms(const char* key, std::string_view word,
                                                        long most) {
  const auto value = value_of(key, word);
  if (!value) return std::nullopt;
  const auto ms = base::whole_number(*value, 0, most);
  if (ms) return ms;
  return wrong("invalid " + std::string{key} + " " + base::quoted(*value) +
               ": must be a number of milliseconds from 0 to " + std::to_string(most));
}

/// Takes the options off the front of `line`. A word that is no known key ends them: it belongs to
/// the syntax of mod_audio_stream 1.0, which may hold a '='.
tl::expected<GivenOptions, CommandError> take_options(std::string_view& line, const Verb& verb) {
  GivenOptions given;
  while (true) {
    std::string_view rest = line;
    const std::string_view word = take_word(rest);
    if (word == "--") {
      line = rest;
      given.ended = true;
      return given;
    }
    if (verb.takes_drain || verb.takes_fade) {
      const auto ms = verb.takes_drain ? take_ms("drain", word, kLongestDrainMs)
                                       : take_ms("fade", word, kLongestFadeMs);
      if (!ms) return tl::unexpected(ms.error());
      if (*ms) {
        if (verb.takes_drain) {
          given.drain = std::chrono::milliseconds{**ms};
        } else {
          given.fade_ms = static_cast<std::uint32_t>(**ms);
        }
        line = rest;
        continue;
      }
    }
    if (verb.starts) {
      const auto taken = take_setting(word, given);
      if (!taken) return tl::unexpected(taken.error());
      if (*taken) {
        line = rest;
        continue;
      }
    }
    const auto name = value_of("name", word);
    const auto profile = verb.starts ? value_of("profile", word) : std::nullopt;
    if (!name && !profile) return given;
    const std::string_view value = name ? *name : *profile;
    if (!is_name(value)) {
      return wrong("invalid " + std::string{name ? "stream" : "profile"} + " name " +
                   base::quoted(value) + ": must be " + std::string{kNameRule});
    }
    (name ? given.name : given.profile) = value;
    line = rest;
  }
}

const Verb* find_verb(std::string_view word) noexcept {
  const auto* verb = std::find_if(kVerbs.begin(), kVerbs.end(), [word](const Verb& known) {
    return base::equals_ignoring_case(known.word, word);
  });
  return verb == kVerbs.end() ? nullptr : verb;
}

}  // namespace

bool is_verb(std::string_view word) noexcept {
  return find_verb(word) != nullptr;
}

std::string_view take_word(std::string_view& line) noexcept {
  skip_blanks(line);
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  skip_blanks(line);
  return word;
}

tl::expected<Command, CommandError> parse_command(std::string_view line) {
  const std::string_view word = take_word(line);
  if (word.empty()) {
    return tl::unexpected(
        CommandError{"a verb is missing", true,
                     "start|send_text|stop|graceful-shutdown|clear|pause|resume ..."});
  }
  const Verb* verb = find_verb(word);
  if (verb == nullptr) {
    return wrong("unknown verb " + base::quoted(word) +
                 ": must be start, send_text, stop, graceful-shutdown, clear, pause or resume");
  }
  auto given = take_options(line, *verb);
  if (!given) return tl::unexpected(std::move(given.error()));
  if (!verb->takes_text && !given->ended) {
    std::string_view rest = line;
    const std::string_view key = option_key(take_word(rest));
    if (!key.empty()) return wrong(unknown_option(key, *verb));
  }
  auto action = verb->parse(line);
  if (!action) {
    if (action.error().show_usage) action.error().syntax = syntax_of(*verb);
    return tl::unexpected(std::move(action.error()));
  }
  if (auto* start = std::get_if<StartCommand>(&*action)) {
    start->profile = std::move(given->profile);
    start->settings = std::move(given->settings);
  }
  if (auto* clear = std::get_if<ClearCommand>(&*action)) clear->fade_ms = given->fade_ms;
  if (auto* stop = std::get_if<StopCommand>(&*action)) {
    stop->drain = given->drain.value_or(stop->drain);
  }
  return Command{std::move(given->name), std::move(*action)};
}

}  // namespace audio_stream::control
