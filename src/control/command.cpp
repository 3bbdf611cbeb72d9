#include "control/command.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "audio/rate_name.hpp"
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

// Bounds the memory of a text that waits to be sent.
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
  const auto rate = audio::rate_named(word, audio::kRates.front(), audio::kRates.back());
  if (rate && audio::is_rate(*rate)) return *rate;
  // If the rate is missing this word is metadata, which may be private: show little of it.
  return wrong(
      "invalid sample rate " + base::quoted(word, 12) +
      ": must be 8k, 12k, 16k, 24k, 32k or 48k, or 8000, 11025, 12000, 16000, 22050, 24000, "
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

// One bit a kind of verb, so that an option can say which kinds take it.
constexpr unsigned kStart = 1U << 0U;
constexpr unsigned kSendText = 1U << 1U;
constexpr unsigned kStop = 1U << 2U;
constexpr unsigned kClear = 1U << 3U;
constexpr unsigned kPause = 1U << 4U;
constexpr unsigned kMask = 1U << 5U;
constexpr unsigned kTakeText = kSendText | kStop;  // which may look like an option
constexpr unsigned kAnyVerb = ~0U;

/// The options between a verb and its arguments.
struct GivenOptions {
  std::string name{kDefaultName};
  std::string profile;  ///< empty: none
  std::optional<std::chrono::milliseconds> drain;
  std::optional<std::uint32_t> fade_ms;
  std::vector<std::pair<std::string, std::string>> settings;  ///< parameters by name
  bool ended = false;                                         ///< by "--"
};

/// A dialect may have a URL and a mix type of its own. A profile may name a dialect.
bool may_name_a_dialect(const GivenOptions& given) {
  return !given.profile.empty() ||
         std::any_of(given.settings.begin(), given.settings.end(),
                     [](const auto& each) { return each.first == "STREAM_DIALECT"; });
}

Parsed parse_start(std::string_view line, const GivenOptions& given) {
  const bool may_be_short = may_name_a_dialect(given);
  std::string_view behind = line;
  const std::string_view url_word = unquoted(take_word(behind));
  StartCommand start;
  if (!may_be_short || !(url_word.empty() || parse_mix(url_word))) {
    if (url_word.empty()) return incomplete("start needs a websocket url and a mix type");
    auto urls = transport::parse_urls(url_word);
    if (!urls) return wrong(urls.error());
    start.url = std::move(urls->front());
    start.further_urls.assign(std::make_move_iterator(std::next(urls->begin())),
                              std::make_move_iterator(urls->end()));
    line = behind;
  }
  const std::string_view mix_word = unquoted(take_word(line));
  if (mix_word.empty() && !may_be_short) {
    return incomplete("start needs a mix type: mono, mixed or stereo");
  }
  if (!mix_word.empty()) {
    if (auto late = misplaced(mix_word)) return tl::unexpected(std::move(*late));
    const auto mix = parse_mix(mix_word);
    if (!mix) return tl::unexpected(mix.error());
    start.mix = *mix;
  }
  if (const std::string_view rate_word = unquoted(take_word(line)); !rate_word.empty()) {
    if (auto late = misplaced(rate_word)) return tl::unexpected(std::move(*late));
    const auto rate = parse_rate(rate_word);
    if (!rate) return tl::unexpected(rate.error());
    start.rate_hz = *rate;
  }
  if (const auto fits = check_size(line, "the metadata"); !fits) {
    return tl::unexpected(fits.error());
  }
  line = unquoted_text(line);
  // The metadata may hold the caller's name in any encoding: that must not cost the stream.
  start.metadata_mended = !base::is_utf8(line);
  start.metadata = start.metadata_mended ? base::mended_utf8(line) : std::string{line};
  return start;
}

Parsed parse_send_text(std::string_view line, const GivenOptions& /*given*/) {
  line = unquoted_text(line);
  if (line.empty()) return incomplete("send_text needs a text to send");
  auto text = parse_text(line, "the text");
  if (!text) return tl::unexpected(text.error());
  return SendTextCommand{std::move(*text)};
}

Parsed parse_stop(std::string_view line, const GivenOptions& /*given*/) {
  auto text = parse_text(unquoted_text(line), "the text");
  if (!text) return tl::unexpected(text.error());
  return StopCommand{std::move(*text)};
}

template <class Empty>
Parsed parse_no_arguments(std::string_view line, const GivenOptions& /*given*/) {
  // The rest is not shown: it may be a URL, headers or metadata of another verb.
  if (!line.empty()) return wrong(base::quoted(take_word(line)) + " is one word too many");
  return Empty{};
}

Parsed parse_mask(std::string_view line, const GivenOptions& /*given*/) {
  const std::string_view state = take_word(line);
  if (state.empty()) return incomplete("mask needs on or off");
  MaskCommand mask;
  mask.on = base::equals_ignoring_case(state, "on");
  if (!mask.on && !base::equals_ignoring_case(state, "off")) {
    return wrong("invalid state " + base::quoted(state) + ": must be on or off");
  }
  if (!mask.on) {
    if (!line.empty()) return wrong(base::quoted(take_word(line)) + " is one word too many");
    return mask;
  }
  const std::string_view kind = take_word(line);
  if (kind.empty()) return mask;
  if (base::equals_ignoring_case(kind, "silence")) {
    mask.kind = audio::MaskKind::silence;
  } else if (base::equals_ignoring_case(kind, "tone")) {
    mask.kind = audio::MaskKind::tone;
  } else {
    return wrong("invalid mask " + base::quoted(kind) + ": must be silence or tone");
  }
  if (!line.empty()) return wrong(base::quoted(take_word(line)) + " is one word too many");
  return mask;
}

constexpr long kLongestFadeMs = 1000;

Parsed parse_graceful_shutdown(std::string_view line, const GivenOptions& given) {
  auto stop = parse_stop(line, given);
  if (stop) std::get<StopCommand>(*stop).graceful = true;
  return stop;
}

struct Verb {
  std::string_view word;
  unsigned kind;
  Parsed (*parse)(std::string_view arguments, const GivenOptions& given);
};
constexpr std::array kVerbs{
    Verb{"start", kStart, parse_start},
    Verb{"send_text", kSendText, parse_send_text},
    Verb{"stop", kStop, parse_stop},
    Verb{"graceful-shutdown", kStop, parse_graceful_shutdown},
    Verb{"clear", kClear, parse_no_arguments<ClearCommand>},
    Verb{"pause", kPause, parse_no_arguments<PauseCommand>},
    Verb{"resume", kPause, parse_no_arguments<ResumeCommand>},
    Verb{"mask", kMask, parse_mask},
};

struct Option;
using Taken = tl::expected<void, CommandError>;
Taken take_name(const Option& option, std::string_view value, GivenOptions& given);
Taken take_profile(const Option& option, std::string_view value, GivenOptions& given);
Taken take_drain(const Option& option, std::string_view value, GivenOptions& given);
Taken take_fade(const Option& option, std::string_view value, GivenOptions& given);
Taken take_parameter(const Option& option, std::string_view value, GivenOptions& given);

/// `<key>=<value>`
struct Option {
  std::string_view key;
  unsigned verbs;  ///< the kinds of verbs that take it
  Taken (*take)(const Option& option, std::string_view value, GivenOptions& given);
  const char* parameter = nullptr;  ///< for take_parameter
};
constexpr std::array kOptions{
    Option{"name", kAnyVerb, take_name},
    Option{"profile", kStart, take_profile},
    Option{"drain", kStop, take_drain},
    Option{"fade", kClear, take_fade},
    Option{"dialect", kStart, take_parameter, "STREAM_DIALECT"},
    Option{"encoding", kStart, take_parameter, "STREAM_ENCODING"},
    Option{"playback", kStart, take_parameter, "STREAM_PLAYBACK"},
    Option{"down-rate", kStart, take_parameter, "STREAM_SAMPLE_RATE"},
    Option{"down-encoding", kStart, take_parameter, "STREAM_DOWN_ENCODING"},
    Option{"play-to", kStart, take_parameter, "STREAM_PLAY_TO"},
    Option{"play-mode", kStart, take_parameter, "STREAM_PLAY_MODE"},
    Option{"barge-in", kStart, take_parameter, "STREAM_BARGE_IN"},
    Option{"dtmf", kStart, take_parameter, "STREAM_DTMF"},
    Option{"dtmf-consume", kStart, take_parameter, "STREAM_DTMF_CONSUME"},
    Option{"vad", kStart, take_parameter, "STREAM_VAD"},
    Option{"mask", kStart, take_parameter, "STREAM_MASK"},
    Option{"keep-rtp", kStart, take_parameter, "STREAM_KEEP_RTP"},
    Option{"hello", kStart, take_parameter, "STREAM_HELLO"},
    Option{"resume", kStart, take_parameter, "STREAM_RESUME"},
    Option{"wait-media", kStart, take_parameter, "STREAM_WAIT_MEDIA"},
    Option{"end-text", kStart, take_parameter, "STREAM_END_TEXT"},
    Option{"drain", kStart, take_parameter, "STREAM_DRAIN"},
    Option{"on-close", kStart, take_parameter, "STREAM_ON_CLOSE"},
    Option{"on-failure", kStart, take_parameter, "STREAM_ON_FAILURE"},
};

bool takes(const Verb& verb, const Option& option) noexcept {
  return (option.verbs & verb.kind) != 0;
}

bool is_start_option(std::string_view key) noexcept {
  return std::any_of(kOptions.begin(), kOptions.end(), [key](const Option& option) {
    return (option.verbs & kStart) != 0 && base::equals_ignoring_case(option.key, key);
  });
}

/// The reply to a word that looks like an option and is none of `verb`'s.
std::string unknown_option(std::string_view key, const Verb& verb) {
  std::vector<std::string_view> known;
  for (const Option& option : kOptions) {
    if (takes(verb, option)) known.push_back(option.key);
  }
  std::string text = "unknown option " + base::quoted(key) + ": must be ";
  for (const std::string_view& each : known) {
    if (&each != &known.front()) text += &each == &known.back() ? " or " : ", ";
    text += std::string{each} + "=";
  }
  return text;
}

/// The verb and its arguments, as kUsage shows them. Only for a verb that may be incomplete().
std::string syntax_of(const Verb& verb) {
  constexpr std::string_view kUuid = "<uuid> ";
  const std::size_t at = kUsage.find(std::string{kUuid} + std::string{verb.word} + " ");
  const std::string_view begun = kUsage.substr(at + kUuid.size());
  return std::string{begun.substr(0, begun.find(" | "))};
}

Taken check_name(std::string_view value, const char* what) {
  if (is_name(value)) return {};
  return wrong(std::string{"invalid "} + what + " name " + base::quoted(value) + ": must be " +
               std::string{kNameRule});
}

Taken take_name(const Option& /*option*/, std::string_view value, GivenOptions& given) {
  given.name = value;
  return check_name(value, "stream");
}

Taken take_profile(const Option& /*option*/, std::string_view value, GivenOptions& given) {
  given.profile = value;
  return check_name(value, "profile");
}

tl::expected<long, CommandError> parse_ms(const Option& option, std::string_view value,
                                          long longest) {
  if (const auto ms = base::whole_number(value, 0, longest)) return *ms;
  return wrong("invalid " + std::string{option.key} + " " + base::quoted(value) +
               ": must be a number of milliseconds from 0 to " + std::to_string(longest));
}

Taken take_drain(const Option& option, std::string_view value, GivenOptions& given) {
  const auto ms = parse_ms(option, value, kLongestDrainMs);
  if (!ms) return tl::unexpected(ms.error());
  given.drain = std::chrono::milliseconds{*ms};
  return {};
}

Taken take_fade(const Option& option, std::string_view value, GivenOptions& given) {
  const auto ms = parse_ms(option, value, kLongestFadeMs);
  if (!ms) return tl::unexpected(ms.error());
  given.fade_ms = static_cast<std::uint32_t>(*ms);
  return {};
}

Taken take_parameter(const Option& option, std::string_view value, GivenOptions& given) {
  Options scratch;
  if (const auto why = find_parameter(option.parameter)->read(std::string{value}, scratch)) {
    return wrong("invalid " + std::string{option.key} + " " + base::quoted(value) + ": " + *why);
  }
  given.settings.emplace_back(option.parameter, value);
  return {};
}

/// The option of `verb` that `word` gives a value; nullptr if it is none.
const Option* option_in(std::string_view word, const Verb& verb) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return nullptr;
  const auto* found = std::find_if(kOptions.begin(), kOptions.end(), [&](const Option& option) {
    return takes(verb, option) && base::equals_ignoring_case(option.key, word.substr(0, equals));
  });
  return found == kOptions.end() ? nullptr : found;
}

/// Takes the options off the front of `line`. A word that is no option of `verb` ends them: it
/// belongs to the syntax of mod_audio_stream 1.0, which may hold a '='.
tl::expected<GivenOptions, CommandError> take_options(std::string_view& line, const Verb& verb) {
  GivenOptions given;
  while (true) {
    std::string_view rest = line;
    const std::string_view word = take_word(rest);
    const bool last = word == "--";
    const Option* option = option_in(word, verb);
    if (option == nullptr && !last) return given;
    line = rest;
    if (last) {
      given.ended = true;
      return given;
    }
    const std::string_view value = word.substr(option->key.size() + 1);
    if (auto taken = option->take(*option, value, given); !taken) {
      return tl::unexpected(std::move(taken.error()));
    }
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
  const std::string_view word = unquoted(take_word(line));
  if (word.empty()) {
    return tl::unexpected(
        CommandError{"a verb is missing", true,
                     "start|send_text|stop|graceful-shutdown|clear|pause|resume|mask ..."});
  }
  const Verb* verb = find_verb(word);
  if (verb == nullptr) {
    return wrong(
        "unknown verb " + base::quoted(word) +
        ": must be start, send_text, stop, graceful-shutdown, clear, pause, resume or mask");
  }
  auto given = take_options(line, *verb);
  if (!given) return tl::unexpected(std::move(given.error()));
  if ((verb->kind & kTakeText) == 0 && !given->ended) {
    std::string_view rest = line;
    const std::string_view key = option_key(take_word(rest));
    if (!key.empty()) return wrong(unknown_option(key, *verb));
  }
  auto action = verb->parse(line, *given);
  if (!action) {
    if (action.error().show_usage) action.error().syntax = syntax_of(*verb);
    return tl::unexpected(std::move(action.error()));
  }
  if (auto* start = std::get_if<StartCommand>(&*action)) {
    start->profile = std::move(given->profile);
    start->settings = std::move(given->settings);
  }
  if (auto* clear = std::get_if<ClearCommand>(&*action)) clear->fade_ms = given->fade_ms;
  if (auto* stop = std::get_if<StopCommand>(&*action)) stop->drain = given->drain;
  return Command{std::move(given->name), std::move(*action)};
}

}  // namespace audio_stream::control
