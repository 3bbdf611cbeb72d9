#include "control/parameters.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "base/letter_case.hpp"
#include "base/whole_number.hpp"
#include "control/words.hpp"

namespace audio_stream::control {
namespace {

constexpr long kMebibyte = 1024L * 1024;
constexpr long kDay = 24L * 60 * 60;

constexpr bool kEssential = true;

constexpr const char* kStepTime = "a number of milliseconds from 100 to 60000";

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};
constexpr std::array kPlayTo{Named<PlayTo>{"caller", PlayTo::caller},
                             Named<PlayTo>{"callee", PlayTo::callee},
                             Named<PlayTo>{"both", PlayTo::both}};
constexpr std::array kPlayModes{Named<audio::PlayMode>{"mix", audio::PlayMode::mix},
                                Named<audio::PlayMode>{"replace", audio::PlayMode::replace}};
constexpr std::array kBargeIns{Named<BargeIn>{"off", BargeIn::off},
                               Named<BargeIn>{"dtmf", BargeIn::dtmf},
                               Named<BargeIn>{"speech", BargeIn::speech}};

template <class Table, class Value>
bool set_named(const Table& table, Value& target, std::string_view word) {
  for (const auto& each : table) {
    if (!base::equals_ignoring_case(each.name, word)) continue;
    target = each.value;
    return true;
  }
  return false;
}

template <class Table, class Value>
std::string name_of(const Table& table, Value value) {
  for (const auto& each : table) {
    if (each.value == value) return std::string{each.name};
  }
  return {};
}

constexpr std::array kParameters{
    // In spite of its name it disables compression, as in mod_audio_stream 1.0: true means off.
    Parameter{"STREAM_MESSAGE_DEFLATE", Place::variable,
              Flag{[](Options& options) -> bool& { return options.endpoint.deflate; }, false}},
    Parameter{"STREAM_DEFLATE_AUDIO", Place::variable,
              Flag{[](Options& options) -> bool& { return options.endpoint.deflate_audio; }}},
    Parameter{
        "STREAM_HEART_BEAT", Place::variable,
        Number{
            0, kDay, 1, "a number of seconds from 0 to 86400",
            [](const Options& options) { return static_cast<long>(options.heartbeat.count()); },
            [](Options& options, long value) { options.heartbeat = std::chrono::seconds{value}; }}},
    Parameter{"STREAM_SUPPRESS_LOG", Place::variable,
              Flag{[](Options& options) -> bool& { return options.suppress_log; }}},
    Parameter{"STREAM_BUFFER_SIZE", Place::variable,
              Number{20, 1000, 20, "a multiple of 20 ms from 20 to 1000",
                     [](const Options& options) { return static_cast<long>(options.packet_ms); },
                     [](Options& options, long value) {
                       options.packet_ms = static_cast<std::uint32_t>(value);
                     }}},
    Parameter{"STREAM_EXTRA_HEADERS", Place::variable, HeaderList{}, kEssential},
    Parameter{"STREAM_NO_RECONNECT", Place::variable,
              Flag{[](Options& options) -> bool& { return options.reconnect; }, false}},
    Parameter{"STREAM_TLS_CA_FILE", Place::variable,
              Text{[](Options& options) -> std::string& { return options.endpoint.tls.ca_file; }}},
    Parameter{"STREAM_TLS_CERT_FILE", Place::variable, Text{[](Options& options) -> std::string& {
                return options.endpoint.tls.cert_file;
              }}},
    Parameter{"STREAM_TLS_KEY_FILE", Place::variable,
              Text{[](Options& options) -> std::string& { return options.endpoint.tls.key_file; }}},
    Parameter{
        "STREAM_TLS_DISABLE_HOSTNAME_VALIDATION", Place::variable,
        Flag{[](Options& options) -> bool& { return options.endpoint.tls.verify_host; }, false}},
    Parameter{
        "STREAM_OUTAGE_BUFFER", Place::variable,
        Number{100, 60000, 1, "a number of milliseconds from 100 to 60000",
               [](const Options& options) { return static_cast<long>(options.queue.count()); },
               [](Options& options, long value) {
                 options.queue = std::chrono::milliseconds{value};
               }}},
    Parameter{"STREAM_CATCHUP", Place::variable,
              Number{0, 100, 1, "a number from 0 to 100",
                     [](const Options& options) { return static_cast<long>(options.catch_up); },
                     [](Options& options, long value) {
                       options.catch_up = static_cast<std::uint32_t>(value);
                     }}},
    Parameter{"STREAM_GAP_TEXT", Place::variable,
              Flag{[](Options& options) -> bool& { return options.gap_text; }}},
    Parameter{
        "STREAM_LINGER", Place::variable,
        Number{0, 60000, 1, "a number of milliseconds from 0 to 60000",
               [](const Options& options) { return static_cast<long>(options.linger.count()); },
               [](Options& options, long value) {
                 options.linger = std::chrono::milliseconds{value};
               }}},
    Parameter{
        "STREAM_RECONNECT_MAX", Place::variable,
        Number{0, 1'000'000, 1, "a number of attempts from 0 to 1000000",
               [](const Options& options) { return static_cast<long>(options.reconnect_max); },
               [](Options& options, long value) {
                 options.reconnect_max = static_cast<std::uint32_t>(value);
               }}},
    Parameter{"STREAM_RECONNECT_TIME", Place::variable,
              Number{0, kDay, 1, "a number of seconds from 0 to 86400",
                     [](const Options& options) {
                       return static_cast<long>(options.reconnect_time.count());
                     },
                     [](Options& options, long value) {
                       options.reconnect_time = std::chrono::seconds{value};
                     }}},
    Parameter{
        "STREAM_STALL_TIME", Place::variable,
        Number{0, 3600, 1, "a number of seconds from 0 to 3600",
               [](const Options& options) { return static_cast<long>(options.stall_time.count()); },
               [](Options& options, long value) {
                 options.stall_time = std::chrono::seconds{value};
               }}},
    Parameter{
        "STREAM_LIVENESS", Place::variable,
        Number{
            0, 3600, 1, "a number of seconds from 0 to 3600",
            [](const Options& options) { return static_cast<long>(options.liveness.count()); },
            [](Options& options, long value) { options.liveness = std::chrono::seconds{value}; }}},
    Parameter{"STREAM_RESUME", Place::variable,
              Flag{[](Options& options) -> bool& { return options.resume; }}},
    Parameter{"STREAM_RESOLVE_TIME", Place::variable,
              Number{100, 60000, 1, kStepTime,
                     [](const Options& options) {
                       return static_cast<long>(options.endpoint.deadlines.resolve.count());
                     },
                     [](Options& options, long value) {
                       options.endpoint.deadlines.resolve = std::chrono::milliseconds{value};
                     }}},
    Parameter{"STREAM_CONNECT_TIME", Place::variable,
              Number{100, 60000, 1, kStepTime,
                     [](const Options& options) {
                       return static_cast<long>(options.endpoint.deadlines.connect.count());
                     },
                     [](Options& options, long value) {
                       options.endpoint.deadlines.connect = std::chrono::milliseconds{value};
                     }}},
    Parameter{"STREAM_TLS_TIME", Place::variable,
              Number{100, 60000, 1, kStepTime,
                     [](const Options& options) {
                       return static_cast<long>(options.endpoint.deadlines.tls.count());
                     },
                     [](Options& options, long value) {
                       options.endpoint.deadlines.tls = std::chrono::milliseconds{value};
                     }}},
    Parameter{"STREAM_HANDSHAKE_TIME", Place::variable,
              Number{100, 60000, 1, kStepTime,
                     [](const Options& options) {
                       return static_cast<long>(options.endpoint.deadlines.handshake.count());
                     },
                     [](Options& options, long value) {
                       options.endpoint.deadlines.handshake = std::chrono::milliseconds{value};
                     }}},
    Parameter{"STREAM_BEARER_FILE", Place::variable,
              Text{[](Options& options) -> std::string& { return options.endpoint.bearer_file; }}},
    Parameter{"STREAM_SUBPROTOCOL", Place::variable, SubprotocolList{}, kEssential},
    Parameter{"STREAM_PROXY", Place::variable, ProxyUrl{}, kEssential},
    Parameter{"STREAM_PLAYBACK", Place::variable,
              Flag{[](Options& options) -> bool& { return options.playback; }}},
    Parameter{
        "STREAM_SAMPLE_RATE", Place::variable,
        Word{"8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100 or 48000 Hz, or 0 for the "
             "stream's own rate",
             [](Options& options, std::string_view word) {
               const auto rate = base::whole_number(word, 0, 48'000);
               if (!rate) return false;
               if (*rate != 0 && !audio::is_rate(static_cast<std::uint32_t>(*rate))) {
                 return false;
               }
               options.down_rate_hz = static_cast<std::uint32_t>(*rate);
               return true;
             },
             [](const Options& options) { return std::to_string(options.down_rate_hz); }}},
    Parameter{"STREAM_PLAY_TO", Place::variable,
              Word{"caller, callee or both",
                   [](Options& options, std::string_view word) {
                     return set_named(kPlayTo, options.play_to, word);
                   },
                   [](const Options& options) { return name_of(kPlayTo, options.play_to); }}},
    Parameter{"STREAM_PLAY_MODE", Place::variable,
              Word{"mix or replace",
                   [](Options& options, std::string_view word) {
                     return set_named(kPlayModes, options.play_mode, word);
                   },
                   [](const Options& options) { return name_of(kPlayModes, options.play_mode); }}},
    Parameter{"STREAM_BARGE_IN", Place::variable,
              Word{"dtmf, speech or off",
                   [](Options& options, std::string_view word) {
                     return set_named(kBargeIns, options.barge_in, word);
                   },
                   [](const Options& options) { return name_of(kBargeIns, options.barge_in); }}},
    Parameter{
        "STREAM_PLAYBACK_BUFFER", Place::variable,
        Number{1000, 3'600'000, 1, "a number of milliseconds from 1000 to 3600000",
               [](const Options& options) { return static_cast<long>(options.playback_buffer_ms); },
               [](Options& options, long value) {
                 options.playback_buffer_ms = static_cast<std::uint32_t>(value);
               }}},
    Parameter{"STREAM_PLAYBACK_PREBUFFER", Place::variable,
              Number{0, 2000, 1, "a number of milliseconds from 0 to 2000",
                     [](const Options& options) {
                       return static_cast<long>(options.playback_prebuffer_ms);
                     },
                     [](Options& options, long value) {
                       options.playback_prebuffer_ms = static_cast<std::uint32_t>(value);
                     }}},
    Parameter{"STREAM_PLAYOUT", Place::variable,
              Flag{[](Options& options) -> bool& { return options.playout; }}},
    Parameter{"STREAM_EVENT_RATE", Place::variable,
              Number{0, 100'000, 1, "a number of events a second from 0 to 100000",
                     [](const Options& options) { return static_cast<long>(options.event_rate); },
                     [](Options& options, long value) {
                       options.event_rate = static_cast<std::uint32_t>(value);
                     }}},
    Parameter{"STREAM_DTMF", Place::variable,
              Flag{[](Options& options) -> bool& { return options.dtmf; }}},
    Parameter{"STREAM_HELLO", Place::variable,
              Flag{[](Options& options) -> bool& { return options.hello; }}},
    Parameter{"STREAM_HELLO_VARIABLES", Place::variable,
              Text{[](Options& options) -> std::string& { return options.hello_variables; }}},
    Parameter{"queue-memory-mb", Place::settings,
              Number{1, 65536, 1, "a number of MiB from 1 to 65536",
                     [](const Options& options) {
                       return static_cast<long>(options.pool_bytes) / kMebibyte;
                     },
                     [](Options& options, long value) {
                       options.pool_bytes = static_cast<std::size_t>(value * kMebibyte);
                     }}},
    Parameter{
        "max-message-bytes", Place::settings,
        Number{1024, 256 * kMebibyte, 1, "a number of bytes from 1024 to 268435456",
               [](const Options& options) { return static_cast<long>(options.message_bytes); },
               [](Options& options, long value) {
                 options.message_bytes = static_cast<std::size_t>(value);
               }}},
    Parameter{"max-event-bytes", Place::settings,
              Number{1024, 256 * kMebibyte, 1, "a number of bytes from 1024 to 268435456",
                     [](const Options& options) { return static_cast<long>(options.event_bytes); },
                     [](Options& options, long value) {
                       options.event_bytes = static_cast<std::size_t>(value);
                     }}},
    Parameter{"max-streams", Place::settings,
              Number{0, 1'000'000, 1, "a number of streams from 0 to 1000000",
                     [](const Options& options) { return static_cast<long>(options.max_streams); },
                     [](Options& options, long value) {
                       options.max_streams = static_cast<std::size_t>(value);
                     }}},
    Parameter{"max-streams-per-call", Place::settings,
              Number{0, 1'000'000, 1, "a number of streams from 0 to 1000000",
                     [](const Options& options) {
                       return static_cast<long>(options.max_streams_per_call);
                     },
                     [](Options& options, long value) {
                       options.max_streams_per_call = static_cast<std::size_t>(value);
                     }}},
    Parameter{"max-files", Place::settings,
              Number{0, 1'000'000, 1, "a number of files from 0 to 1000000",
                     [](const Options& options) { return static_cast<long>(options.files.files); },
                     [](Options& options, long value) {
                       options.files.files = static_cast<std::size_t>(value);
                     }}},
    Parameter{"max-files-mb", Place::settings,
              Number{1, 65536, 1, "a number of MiB from 1 to 65536",
                     [](const Options& options) {
                       return static_cast<long>(options.files.bytes) / kMebibyte;
                     },
                     [](Options& options, long value) {
                       options.files.bytes = static_cast<std::size_t>(value * kMebibyte);
                     }}},
    Parameter{"allowed-hosts", Place::settings, HostList{}, kEssential},
};

std::optional<bool> truth(std::string_view value) {
  constexpr std::array<std::string_view, 7> kTrue{"true", "1",      "yes",    "on",
                                                  "t",    "enable", "enabled"};
  constexpr std::array<std::string_view, 7> kFalse{"false", "0",       "no",      "off",
                                                   "f",     "disable", "disabled"};
  const auto is_value = [value](std::string_view word) {
    return base::equals_ignoring_case(word, value);
  };
  if (std::any_of(kTrue.begin(), kTrue.end(), is_value)) return true;
  if (std::any_of(kFalse.begin(), kFalse.end(), is_value)) return false;
  return std::nullopt;
}

using Wrong = std::optional<std::string>;

Wrong read_as(const Flag& flag, const std::string& value, Options& options) {
  const auto on = truth(value);
  if (!on) return "not true or false";
  flag.target(options) = *on == flag.when_true;
  return std::nullopt;
}

Wrong read_as(const Number& number, const std::string& value, Options& options) {
  const auto read = base::whole_number(value, number.low, number.high, number.step);
  if (!read) return std::string{"not "} + number.expected;
  number.set(options, *read);
  return std::nullopt;
}

Wrong read_as(const Word& word, const std::string& value, Options& options) {
  if (!word.set(options, value)) return std::string{"not "} + word.expected;
  return std::nullopt;
}

Wrong read_as(const Text& text, const std::string& value, Options& options) {
  text.target(options) = value;
  return std::nullopt;
}

Wrong read_as(const HeaderList& /*headers*/, const std::string& value, Options& options) {
  auto headers = transport::parse_headers(value);
  if (!headers) return headers.error();
  options.endpoint.headers = std::move(*headers);
  return std::nullopt;
}

Wrong read_as(const HostList& /*hosts*/, const std::string& value, Options& options) {
  auto hosts = AllowedHosts::parse(value);
  if (!hosts) return hosts.error();
  options.allowed_hosts = std::move(*hosts);
  return std::nullopt;
}

Wrong read_as(const SubprotocolList& /*list*/, const std::string& value, Options& options) {
  auto subprotocols = transport::parse_subprotocols(value);
  if (!subprotocols) return subprotocols.error();
  options.endpoint.subprotocols = std::move(*subprotocols);
  return std::nullopt;
}

Wrong read_as(const ProxyUrl& /*url*/, const std::string& value, Options& options) {
  auto proxy = transport::parse_proxy(value);
  if (!proxy) return proxy.error();
  options.endpoint.proxy = std::move(*proxy);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Parameter::read(const std::string& value, Options& options) const {
  return std::visit([&](const auto& each) { return read_as(each, value, options); }, rule);
}

std::string Parameter::value_text(const Options& options) const {
  if (const auto* number = std::get_if<Number>(&rule)) return std::to_string(number->get(options));
  if (const auto* word = std::get_if<Word>(&rule)) return word->get(options);
  if (const auto* flag = std::get_if<Flag>(&rule)) {
    Options copy = options;  // a target gives a place to write to
    return flag->target(copy) == flag->when_true ? "true" : "false";
  }
  return {};
}

std::span<const Parameter> parameters() noexcept {
  return kParameters;
}

const Parameter* find_parameter(std::string_view name) noexcept {
  const auto* found =
      std::find_if(kParameters.begin(), kParameters.end(), [name](const Parameter& parameter) {
        return base::equals_ignoring_case(parameter.name, name);
      });
  return found == kParameters.end() ? nullptr : found;
}

std::optional<std::string_view> variable_meant_by(std::string_view name) {
  constexpr std::string_view kBeginning = "STREAM_";
  constexpr std::size_t kLongest = 64;
  constexpr std::size_t kFewChanges = 2;  // with more, a variable of the user's own is warned of
  if (name.size() > kLongest || !name.starts_with(kBeginning) || find_parameter(name) != nullptr) {
    return std::nullopt;
  }
  std::vector<std::string_view> known;
  for (const Parameter& parameter : parameters()) {
    if (parameter.place == Place::variable) known.emplace_back(parameter.name);
  }
  const std::string_view likely = most_similar(name, known);
  if (edit_distance(name, likely) > kFewChanges) return std::nullopt;
  return likely;
}

}  // namespace audio_stream::control
