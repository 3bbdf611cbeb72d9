#include "control/parameters.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "audio/codec/encoding_name.hpp"
#include "audio/rate_name.hpp"
#include "base/letter_case.hpp"
#include "base/whole_number.hpp"
#include "control/command.hpp"
#include "control/dialect_choice.hpp"
#include "control/words.hpp"

namespace audio_stream::control {
namespace {

using audio::codec::OpusSettings;
using transport::Deadlines;
using transport::Endpoint;
using transport::TlsOptions;

constexpr bool kEssential = true;

constexpr long kMebibyte = 1024L * 1024;
constexpr long kDaySeconds = 24L * 60 * 60;

constexpr Unit kNoUnit{""};
constexpr Unit kSeconds{"seconds"};
constexpr Unit kMilliseconds{"milliseconds"};
constexpr Unit kMs{"ms"};
constexpr Unit kAttempts{"attempts"};
constexpr Unit kEventsASecond{"events a second"};
constexpr Unit kBytes{"bytes"};
constexpr Unit kBitsASecond{"bits a second"};
constexpr Unit kPercent{"percent"};
constexpr Unit kMebibytes{"MiB", kMebibyte};
constexpr Unit kStreams{"streams"};
constexpr Unit kFiles{"files"};

constexpr std::array kPlayTo{Named<PlayTo>{"caller", PlayTo::caller},
                             Named<PlayTo>{"callee", PlayTo::callee},
                             Named<PlayTo>{"both", PlayTo::both}};
constexpr std::array kPlayModes{Named<audio::PlayMode>{"mix", audio::PlayMode::mix},
                                Named<audio::PlayMode>{"replace", audio::PlayMode::replace}};
constexpr std::array kBargeIns{Named<BargeIn>{"dtmf", BargeIn::dtmf},
                               Named<BargeIn>{"speech", BargeIn::speech},
                               Named<BargeIn>{"off", BargeIn::off}};

constexpr std::array kVads{Named<Vad>{"on", Vad::on}, Named<Vad>{"gate", Vad::gate},
                           Named<Vad>{"off", Vad::off}};
constexpr std::array kMasks{Named<audio::MaskKind>{"off", audio::MaskKind::off},
                            Named<audio::MaskKind>{"silence", audio::MaskKind::silence},
                            Named<audio::MaskKind>{"tone", audio::MaskKind::tone}};

/// One of audio::kRates, or 0.
constexpr Word playback_rate() {
  return {
      [] {
        return std::string{
            "8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100 or 48000 Hz, or as 24k, or 0 "
            "for the stream's own rate"};
      },
      [](const Options& options) { return std::to_string(options.playback.rate_hz); },
      [](Options& options, std::string_view word) {
        const auto rate_hz = audio::rate_named(word, 0, audio::kRates.back());
        if (!rate_hz || (*rate_hz != 0 && !audio::is_rate(*rate_hz))) return false;
        options.playback.rate_hz = *rate_hz;
        return true;
      }};
}

/// One of kEndActions.
template <auto kMember>
constexpr Word end_action() {
  return {[] { return std::string{kEndActions}; },
          [](const Options& options) {
            return to_string((options.end_actions.*kMember).value_or(EndAction{}));
          },
          [](Options& options, std::string_view word) {
            auto action = parse_end_action(word);
            if (!action) return false;
            options.end_actions.*kMember = std::move(*action);
            return true;
          }};
}

constexpr std::array kParameters{
    // In spite of its name it disables compression, as in mod_audio_stream 1.0: true means off.
    Parameter{"STREAM_MESSAGE_DEFLATE", Place::variable,
              flag_of<&Options::endpoint, &Endpoint::deflate>(kInverted)},
    Parameter{"STREAM_DEFLATE_AUDIO", Place::variable,
              flag_of<&Options::endpoint, &Endpoint::deflate_audio>()},
    Parameter{"STREAM_HEART_BEAT", Place::variable,
              number_of<&Options::timeouts, &TimeoutOptions::heartbeat>(0, kDaySeconds, kSeconds)},
    Parameter{"STREAM_SUPPRESS_LOG", Place::variable,
              flag_of<&Options::texts, &TextOptions::suppress_log>()},
    Parameter{"STREAM_BUFFER_SIZE", Place::variable,
              number_of<&Options::audio, &AudioOptions::packet_ms>(20, 1000, kMs, 20)},
    Parameter{"STREAM_EXTRA_HEADERS", Place::variable,
              parsed_by<transport::parse_headers, &Options::endpoint, &Endpoint::headers>(),
              kEssential},
    Parameter{"STREAM_NO_RECONNECT", Place::variable,
              flag_of<&Options::reconnect, &ReconnectOptions::enabled>(kInverted)},
    Parameter{"STREAM_TLS_CA_FILE", Place::variable,
              text_of<&Options::endpoint, &Endpoint::tls, &TlsOptions::ca_file>()},
    Parameter{"STREAM_TLS_CERT_FILE", Place::variable,
              text_of<&Options::endpoint, &Endpoint::tls, &TlsOptions::cert_file>()},
    Parameter{"STREAM_TLS_KEY_FILE", Place::variable,
              text_of<&Options::endpoint, &Endpoint::tls, &TlsOptions::key_file>()},
    Parameter{"STREAM_TLS_DISABLE_HOSTNAME_VALIDATION", Place::variable,
              flag_of<&Options::endpoint, &Endpoint::tls, &TlsOptions::verify_host>(kInverted)},
    Parameter{"STREAM_OUTAGE_BUFFER", Place::variable,
              number_of<&Options::audio, &AudioOptions::outage_buffer>(100, 60'000, kMilliseconds)},
    Parameter{"STREAM_CATCHUP", Place::variable,
              number_of<&Options::audio, &AudioOptions::catch_up>(0, 100, kNoUnit)},
    Parameter{"STREAM_GAP_TEXT", Place::variable, flag_of<&Options::texts, &TextOptions::gaps>()},
    Parameter{"STREAM_LINGER", Place::variable,
              number_of<&Options::timeouts, &TimeoutOptions::linger>(0, 60'000, kMilliseconds)},
    Parameter{"STREAM_WAIT_MEDIA", Place::variable,
              number_of<&Options::start, &StartOptions::wait_media>(0, 600'000, kMilliseconds)},
    Parameter{"STREAM_END_TEXT", Place::variable,
              text_of<&Options::last_words, &LastWordsOptions::text>()},
    Parameter{"STREAM_DRAIN", Place::variable,
              number_of<&Options::last_words, &LastWordsOptions::drain>(0, kLongestDrainMs,
                                                                        kMilliseconds)},
    Parameter{"STREAM_ON_CLOSE", Place::variable, end_action<&EndActions::on_close>()},
    Parameter{"STREAM_ON_FAILURE", Place::variable, end_action<&EndActions::on_failure>()},
    Parameter{
        "STREAM_RECONNECT_MAX", Place::variable,
        number_of<&Options::reconnect, &ReconnectOptions::max_attempts>(0, 1'000'000, kAttempts)},
    Parameter{
        "STREAM_RECONNECT_TIME", Place::variable,
        number_of<&Options::reconnect, &ReconnectOptions::max_outage>(0, kDaySeconds, kSeconds)},
    Parameter{"STREAM_STALL_TIME", Place::variable,
              number_of<&Options::timeouts, &TimeoutOptions::stall>(0, 3600, kSeconds)},
    Parameter{"STREAM_LIVENESS", Place::variable,
              number_of<&Options::timeouts, &TimeoutOptions::liveness>(0, 3600, kSeconds)},
    Parameter{"STREAM_RESUME", Place::variable,
              flag_of<&Options::reconnect, &ReconnectOptions::resume>()},
    Parameter{"STREAM_RESOLVE_TIME", Place::variable,
              number_of<&Options::endpoint, &Endpoint::deadlines, &Deadlines::resolve>(
                  100, 60'000, kMilliseconds)},
    Parameter{"STREAM_CONNECT_TIME", Place::variable,
              number_of<&Options::endpoint, &Endpoint::deadlines, &Deadlines::connect>(
                  100, 60'000, kMilliseconds)},
    Parameter{"STREAM_TLS_TIME", Place::variable,
              number_of<&Options::endpoint, &Endpoint::deadlines, &Deadlines::tls>(100, 60'000,
                                                                                   kMilliseconds)},
    Parameter{"STREAM_HANDSHAKE_TIME", Place::variable,
              number_of<&Options::endpoint, &Endpoint::deadlines, &Deadlines::handshake>(
                  100, 60'000, kMilliseconds)},
    Parameter{"STREAM_BEARER_FILE", Place::variable,
              text_of<&Options::endpoint, &Endpoint::bearer_file>()},
    Parameter{
        "STREAM_SUBPROTOCOL", Place::variable,
        parsed_by<transport::parse_subprotocols, &Options::endpoint, &Endpoint::subprotocols>(),
        kEssential},
    Parameter{"STREAM_PROXY", Place::variable,
              parsed_by<transport::parse_proxy, &Options::endpoint, &Endpoint::proxy>(),
              kEssential},
    Parameter{"STREAM_PLAYBACK", Place::variable,
              flag_of<&Options::playback, &PlaybackOptions::enabled>()},
    Parameter{"STREAM_SAMPLE_RATE", Place::variable, playback_rate()},
    Parameter{"STREAM_PLAY_TO", Place::variable,
              word_of<kPlayTo, &Options::playback, &PlaybackOptions::to>()},
    Parameter{"STREAM_PLAY_MODE", Place::variable,
              word_of<kPlayModes, &Options::playback, &PlaybackOptions::mode>()},
    Parameter{"STREAM_BARGE_IN", Place::variable,
              word_of<kBargeIns, &Options::playback, &PlaybackOptions::barge_in>()},
    Parameter{
        "STREAM_PLAYBACK_BUFFER", Place::variable,
        number_of<&Options::playback, &PlaybackOptions::buffer_ms>(1000, 3'600'000, kMilliseconds)},
    Parameter{
        "STREAM_PLAYBACK_PREBUFFER", Place::variable,
        number_of<&Options::playback, &PlaybackOptions::prebuffer_ms>(0, 2000, kMilliseconds)},
    Parameter{"STREAM_PLAYOUT", Place::variable,
              flag_of<&Options::playback, &PlaybackOptions::play_out>()},
    Parameter{
        "STREAM_EVENT_RATE", Place::variable,
        number_of<&Options::limits, &LimitOptions::events_per_second>(0, 100'000, kEventsASecond)},
    Parameter{"STREAM_DTMF", Place::variable, flag_of<&Options::texts, &TextOptions::dtmf>()},
    Parameter{"STREAM_DTMF_CONSUME", Place::variable,
              flag_of<&Options::caller, &CallerOptions::consume_digits>()},
    Parameter{"STREAM_VAD", Place::variable,
              word_of<kVads, &Options::caller, &CallerOptions::vad>()},
    Parameter{"STREAM_MASK", Place::variable,
              word_of<kMasks, &Options::caller, &CallerOptions::mask>()},
    Parameter{"STREAM_KEEP_RTP", Place::variable,
              flag_of<&Options::care, &CareOptions::keep_rtp>()},
    Parameter{"STREAM_HELLO", Place::variable, flag_of<&Options::texts, &TextOptions::hello>()},
    Parameter{"STREAM_HELLO_VARIABLES", Place::variable,
              text_of<&Options::texts, &TextOptions::hello_variables>()},
    Parameter{"STREAM_ENCODING", Place::variable,
              word_of<audio::codec::kEncodings, &Options::audio, &AudioOptions::wanted_encoding>()},
    Parameter{
        "STREAM_DOWN_ENCODING", Place::variable,
        word_of<audio::codec::kEncodings, &Options::playback, &PlaybackOptions::wanted_encoding>()},
    Parameter{"STREAM_OPUS_BITRATE", Place::variable,
              number_of<&Options::audio, &AudioOptions::opus, &OpusSettings::bits_per_second>(
                  0, 510'000, kBitsASecond)},
    Parameter{"STREAM_OPUS_DTX", Place::variable,
              flag_of<&Options::audio, &AudioOptions::opus, &OpusSettings::dtx>()},
    Parameter{"STREAM_OPUS_LOSS", Place::variable,
              number_of<&Options::audio, &AudioOptions::opus, &OpusSettings::loss_percent>(
                  0, 100, kPercent)},
    Parameter{"STREAM_DIALECT", Place::variable,
              text_of<&Options::dialect, &DialectOptions::name>()},
    Parameter{"STREAM_INSTRUCTIONS", Place::variable,
              text_of<&Options::dialect, &DialectOptions::instructions>()},
    Parameter{"STREAM_VOICE", Place::variable,
              text_of<&Options::dialect, &DialectOptions::voice>()},
    Parameter{"STREAM_MODEL", Place::variable,
              text_of<&Options::dialect, &DialectOptions::model>()},
    Parameter{"STREAM_LANGUAGE", Place::variable,
              text_of<&Options::dialect, &DialectOptions::language>()},
    Parameter{"STREAM_GREETING", Place::variable,
              text_of<&Options::dialect, &DialectOptions::greeting>()},
    Parameter{"STREAM_AGENT", Place::variable,
              text_of<&Options::dialect, &DialectOptions::agent>()},
    Parameter{"STREAM_PARAMETERS", Place::variable,
              parsed_by<json_object, &Options::dialect, &DialectOptions::parameters>(), kEssential},
    Parameter{"STREAM_JSON_EVENTS", Place::variable,
              flag_of<&Options::dialect, &DialectOptions::json_events>()},
    Parameter{"secrets-folder", Place::settings,
              text_of<&Options::limits, &LimitOptions::secrets_folder>()},
    Parameter{
        "queue-memory-mb", Place::settings,
        number_of<&Options::limits, &LimitOptions::queue_memory_bytes>(1, 65'536, kMebibytes)},
    Parameter{
        "max-message-bytes", Place::settings,
        number_of<&Options::limits, &LimitOptions::message_bytes>(1024, 256 * kMebibyte, kBytes)},
    Parameter{
        "max-event-bytes", Place::settings,
        number_of<&Options::limits, &LimitOptions::event_bytes>(1024, 256 * kMebibyte, kBytes)},
    Parameter{"max-streams", Place::settings,
              number_of<&Options::limits, &LimitOptions::streams>(0, 1'000'000, kStreams)},
    Parameter{"max-streams-per-call", Place::settings,
              number_of<&Options::limits, &LimitOptions::streams_per_call>(0, 1'000'000, kStreams)},
    Parameter{"max-files", Place::settings,
              number_of<&Options::limits, &LimitOptions::files, &FileLimits::count>(0, 1'000'000,
                                                                                    kFiles)},
    Parameter{"max-files-mb", Place::settings,
              number_of<&Options::limits, &LimitOptions::files, &FileLimits::bytes>(1, 65'536,
                                                                                    kMebibytes)},
    Parameter{"allowed-hosts", Place::settings,
              parsed_by<AllowedHosts::parse, &Options::limits, &LimitOptions::allowed_hosts>(),
              kEssential},
};

}  // namespace

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
