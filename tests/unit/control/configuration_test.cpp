#include "control/configuration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "control/parameters.hpp"
#include "holds.hpp"

namespace audio_stream::control {
namespace {

using Entries = std::vector<ConfigurationFile::Entry>;
using Profiles = std::vector<ConfigurationFile::Profile>;
using Variables = std::map<std::string, std::string>;
using Warnings = std::vector<std::string>;

struct Made {
  Configuration configuration;
  Warnings warnings;
};

Made make(const Entries& settings, const Profiles& profiles = {}) {
  Made made;
  made.configuration = Configuration{{"a.conf.xml", settings, profiles}, made.warnings};
  return made;
}

StartCommand with_profile(const std::string& profile) {
  StartCommand command;
  command.url = transport::parse_url("ws://host/").value();
  command.profile = profile;
  return command;
}

/// The options of a stream, without any error or warning.
Options options(const Configuration& configuration, const std::string& profile = "",
                const Variables& variables = {}) {
  Warnings warnings;
  const auto lookup = [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  auto read = configuration.options(with_profile(profile), lookup, warnings);
  EXPECT_TRUE(read) << read.error();
  EXPECT_TRUE(warnings.empty()) << warnings.front();
  return read.value_or(Options{});
}

std::string refusal(const Configuration& configuration, const std::string& profile,
                    const Variables& variables = {}) {
  Warnings warnings;
  const auto lookup = [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  const auto read = configuration.options(with_profile(profile), lookup, warnings);
  EXPECT_FALSE(read);
  return read ? "" : read.error();
}

using test::holds;

TEST(Configuration, WithoutAFileEveryDefaultHolds) {
  const Configuration none;
  EXPECT_EQ(none.io_threads(), 0U);
  const Options got = options(none);
  EXPECT_EQ(got.audio.packet_ms, 20U);
  EXPECT_EQ(got.audio.outage_buffer.count(), 5000);
  EXPECT_EQ(got.limits.queue_memory_bytes, std::size_t{256} << 20U);
  EXPECT_EQ(got.limits.message_bytes, std::size_t{16} << 20U);
  EXPECT_EQ(got.limits.event_bytes, std::size_t{1} << 20U);
  EXPECT_TRUE(got.endpoint.deflate);
}

TEST(Configuration, TheModulesOwnParametersAreRead) {
  const auto [configuration, warnings] = make({{"io-threads", "3"},
                                               {"STREAM_OUTAGE_BUFFER", "3000"},
                                               {"queue-memory-mb", "64"},
                                               {"max-message-bytes", "4096"},
                                               {"max-event-bytes", "2048"}});
  EXPECT_EQ(warnings, Warnings{});
  EXPECT_EQ(configuration.io_threads(), 3U);
  const Options got = options(configuration);
  EXPECT_EQ(got.audio.outage_buffer.count(), 3000);
  EXPECT_EQ(got.limits.queue_memory_bytes, std::size_t{64} << 20U);
  EXPECT_EQ(got.limits.message_bytes, 4096U);
  EXPECT_EQ(got.limits.event_bytes, 2048U);
}

TEST(Configuration, EveryVariableMayBeAModuleDefaultOrInAProfile) {
  const Entries all{{"STREAM_MESSAGE_DEFLATE", "true"},
                    {"STREAM_DEFLATE_AUDIO", "true"},
                    {"STREAM_HEART_BEAT", "7"},
                    {"STREAM_SUPPRESS_LOG", "true"},
                    {"STREAM_BUFFER_SIZE", "60"},
                    {"STREAM_EXTRA_HEADERS", R"({"A":"b"})"},
                    {"STREAM_NO_RECONNECT", "true"},
                    {"STREAM_TLS_CA_FILE", "NONE"},
                    {"STREAM_TLS_CERT_FILE", "/cert"},
                    {"STREAM_TLS_KEY_FILE", "/key"},
                    {"STREAM_TLS_DISABLE_HOSTNAME_VALIDATION", "true"},
                    {"STREAM_OUTAGE_BUFFER", "7000"},
                    {"STREAM_CATCHUP", "2"},
                    {"STREAM_GAP_TEXT", "true"},
                    {"STREAM_LINGER", "300"},
                    {"STREAM_WAIT_MEDIA", "30000"},
                    {"STREAM_END_TEXT", R"({"eof":1})"},
                    {"STREAM_DRAIN", "2000"},
                    {"STREAM_ON_CLOSE", "hangup"},
                    {"STREAM_ON_FAILURE", "transfer:1001:XML:default"},
                    {"STREAM_RECONNECT_MAX", "5"},
                    {"STREAM_RECONNECT_TIME", "60"},
                    {"STREAM_STALL_TIME", "3"},
                    {"STREAM_LIVENESS", "7"},
                    {"STREAM_RESUME", "true"},
                    {"STREAM_RESOLVE_TIME", "1001"},
                    {"STREAM_CONNECT_TIME", "1002"},
                    {"STREAM_TLS_TIME", "1003"},
                    {"STREAM_HANDSHAKE_TIME", "1004"},
                    {"STREAM_BEARER_FILE", "/token"},
                    {"STREAM_SUBPROTOCOL", "a,b"},
                    {"STREAM_PROXY", "http://proxy:3128"},
                    {"STREAM_PLAYBACK", "true"},
                    {"STREAM_SAMPLE_RATE", "24000"},
                    {"STREAM_PLAY_TO", "both"},
                    {"STREAM_PLAY_MODE", "Replace"},
                    {"STREAM_BARGE_IN", "speech"},
                    {"STREAM_PLAYBACK_BUFFER", "5000"},
                    {"STREAM_PLAYBACK_PREBUFFER", "100"},
                    {"STREAM_PLAYOUT", "false"},
                    {"STREAM_EVENT_RATE", "50"},
                    {"STREAM_DTMF", "true"},
                    {"STREAM_DTMF_CONSUME", "true"},
                    {"STREAM_VAD", "on"},
                    {"STREAM_MASK", "tone"},
                    {"STREAM_KEEP_RTP", "true"},
                    {"STREAM_HELLO", "true"},
                    {"STREAM_HELLO_VARIABLES", "a, b"},
                    {"STREAM_ENCODING", "f32"},
                    {"STREAM_DOWN_ENCODING", "PCMA"},
                    {"STREAM_OPUS_BITRATE", "24000"},
                    {"STREAM_OPUS_DTX", "true"},
                    {"STREAM_OPUS_LOSS", "10"},
                    {"STREAM_DIALECT", "raw"},
                    {"STREAM_INSTRUCTIONS", "i"},
                    {"STREAM_VOICE", "v"},
                    {"STREAM_MODEL", "m"},
                    {"STREAM_LANGUAGE", "l"},
                    {"STREAM_GREETING", "g"},
                    {"STREAM_AGENT", "a"},
                    {"STREAM_PARAMETERS", R"({"a":"b"})"},
                    {"STREAM_JSON_EVENTS", "false"}};
  for (const Parameter& parameter : parameters()) {
    if (parameter.place != Place::variable) continue;
    EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                            [&](const auto& entry) { return entry.name == parameter.name; }))
        << "a variable unknown to this test: " << parameter.name;
  }
  const Made as_default = make(all);
  const Made in_profile = make({}, {{"p", all}});
  EXPECT_EQ(as_default.warnings, Warnings{});
  EXPECT_EQ(in_profile.warnings, Warnings{});
  for (const Options& got : {options(as_default.configuration), options(as_default.configuration),
                             options(in_profile.configuration, "p")}) {
    EXPECT_FALSE(got.endpoint.deflate);
    EXPECT_EQ(got.timeouts.heartbeat.count(), 7);
    EXPECT_TRUE(got.texts.suppress_log);
    EXPECT_FALSE(got.playback.play_out);
    EXPECT_EQ(got.limits.events_per_second, 50U);
    EXPECT_EQ(got.audio.packet_ms, 60U);
    EXPECT_EQ(got.endpoint.headers, (transport::Headers{{"A", "b"}}));
    EXPECT_FALSE(got.reconnect.enabled);
    EXPECT_EQ(got.endpoint.tls.ca_file, "NONE");
    EXPECT_EQ(got.endpoint.tls.cert_file, "/cert");
    EXPECT_EQ(got.endpoint.tls.key_file, "/key");
    EXPECT_FALSE(got.endpoint.tls.verify_host);
    EXPECT_EQ(got.audio.outage_buffer.count(), 7000);
    EXPECT_EQ(got.endpoint.bearer_file, "/token");
    EXPECT_TRUE(got.playback.enabled);
    EXPECT_EQ(got.playback_rate_hz(), 24000U);
    EXPECT_EQ(got.playback.to, PlayTo::both);
    EXPECT_EQ(got.playback.mode, audio::PlayMode::replace);
    EXPECT_EQ(got.playback.barge_in, BargeIn::speech);
    EXPECT_EQ(got.playback.buffer_ms, 5000U);
    EXPECT_EQ(got.playback.prebuffer_ms, 100U);
    EXPECT_TRUE(got.texts.dtmf);
    EXPECT_TRUE(got.caller.consume_digits);
    EXPECT_EQ(got.caller.vad, Vad::on);
    EXPECT_EQ(got.caller.mask, audio::MaskKind::tone);
    EXPECT_TRUE(got.care.keep_rtp);
    EXPECT_EQ(got.timeouts.liveness, std::chrono::seconds{7});
    EXPECT_TRUE(got.reconnect.resume);
    EXPECT_TRUE(got.texts.hello);
    EXPECT_EQ(got.texts.hello_variables, "a, b");
    EXPECT_EQ(got.audio.catch_up, 2U);
    EXPECT_TRUE(got.texts.gaps);
    EXPECT_EQ(got.timeouts.linger.count(), 300);
    EXPECT_EQ(got.start.wait_media.count(), 30'000);
    EXPECT_EQ(got.last_words.text, R"({"eof":1})");
    EXPECT_EQ(got.last_words.drain.count(), 2000);
    EXPECT_EQ(got.end_actions.on_close, parse_end_action("hangup"));
    EXPECT_EQ(got.end_actions.on_failure, parse_end_action("transfer:1001:XML:default"));
    EXPECT_EQ(got.reconnect.max_attempts, 5U);
    EXPECT_EQ(got.reconnect.max_outage.count(), 60);
    EXPECT_EQ(got.timeouts.stall.count(), 3);
    EXPECT_EQ(got.endpoint.deadlines.resolve.count(), 1001);
    EXPECT_EQ(got.endpoint.deadlines.connect.count(), 1002);
    EXPECT_EQ(got.endpoint.deadlines.tls.count(), 1003);
    EXPECT_EQ(got.endpoint.deadlines.handshake.count(), 1004);
    EXPECT_EQ(got.endpoint.subprotocols, (transport::Subprotocols{"a", "b"}));
    EXPECT_EQ(got.endpoint.proxy.value().display(), "http://proxy:3128");
    EXPECT_EQ(got.audio.encoding, Encoding::f32);
    EXPECT_EQ(got.playback.encoding, Encoding::pcma);
    EXPECT_EQ(got.audio.opus.bits_per_second, 24'000U);
    EXPECT_TRUE(got.audio.opus.dtx);
    EXPECT_EQ(got.audio.opus.loss_percent, 10U);
    const DialectOptions& words = got.dialect;
    EXPECT_EQ(words.instructions + words.voice + words.model + words.language + words.greeting +
                  words.agent + words.parameters,
              R"(ivmlga{"a":"b"})");
    EXPECT_FALSE(words.json_events);
  }
  EXPECT_EQ(options(in_profile.configuration).audio.packet_ms, 20U)
      << "only for streams that ask for it";
}

TEST(Configuration, AVariableOverridesTheProfileAndTheProfileTheModule) {
  const auto [configuration, warnings] = make(
      {{"STREAM_BUFFER_SIZE", "40"}, {"STREAM_HEART_BEAT", "1"}, {"STREAM_NO_RECONNECT", "true"}},
      {{"p", {{"STREAM_BUFFER_SIZE", "60"}, {"STREAM_HEART_BEAT", "2"}}}});
  const Options got = options(configuration, "p", {{"STREAM_BUFFER_SIZE", "80"}});
  EXPECT_EQ(got.audio.packet_ms, 80U);
  EXPECT_EQ(got.timeouts.heartbeat.count(), 2);
  EXPECT_FALSE(got.reconnect.enabled);
  EXPECT_TRUE(options(configuration, "p", {{"STREAM_NO_RECONNECT", "false"}}).reconnect.enabled);
  EXPECT_EQ(options(configuration, "p", {{"STREAM_BUFFER_SIZE", ""}}).audio.packet_ms, 60U)
      << "an empty variable counts as unset";
  EXPECT_EQ(options(configuration).audio.packet_ms, 40U);
}

TEST(Configuration, TheCommandOverridesTheVariables) {
  StartCommand command = with_profile("");
  command.settings = {{"STREAM_PLAY_TO", "callee"}, {"STREAM_PLAY_TO", "both"}};
  const auto variables = [](const char* name) -> std::optional<std::string> {
    if (std::string{name} == "STREAM_PLAY_TO") return "caller";
    if (std::string{name} == "STREAM_DTMF") return "true";
    return std::nullopt;
  };
  Warnings warnings;
  const auto got = Configuration{}.options(command, variables, warnings);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->playback.to, PlayTo::both) << "the last one in the command";
  EXPECT_TRUE(got->texts.dtmf);
  EXPECT_EQ(warnings, Warnings{});
}

TEST(Configuration, AStartTakesTheCommandsArguments) {
  StartCommand command = with_profile("");
  command.url = *transport::parse_url("ws://first.example/");
  command.further_urls = {*transport::parse_url("ws://second.example/")};
  command.mix = audio::Mix::stereo;
  command.rate_hz = 16000;
  command.metadata = "metadata";
  command.metadata_mended = true;
  command.settings = {{"STREAM_HELLO", "on"}};
  const auto variables = [](const char* name) -> std::optional<std::string> {
    if (std::string{name} == "STREAM_HELLO_VARIABLES") return "color, name, absent";
    if (std::string{name} == "color") return "red";
    if (std::string{name} == "name") return "M\xFCller";
    return std::nullopt;
  };
  Warnings warnings;
  const auto got = Configuration{}.options(command, variables, warnings);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->endpoint.url.host, "first.example");
  ASSERT_EQ(got->further_urls.size(), 1U);
  EXPECT_EQ(got->further_urls[0].host, "second.example");
  EXPECT_EQ(got->audio.format(), (audio::Format{16000, 2}));
  EXPECT_EQ(got->texts.metadata, "metadata");
  EXPECT_EQ(got->texts.hello_values, (std::vector<std::pair<std::string, std::string>>{
                                         {"color", "red"}, {"name", "M\xC3\xBCller"}}));
  EXPECT_EQ(warnings,
            (Warnings{"the metadata is not valid UTF-8: its invalid bytes are read as ISO 8859-1",
                      "the variable \"name\" is not valid UTF-8: its invalid bytes are read as "
                      "ISO 8859-1"}));
}

TEST(Configuration, AStartToAServerThatIsNotAllowedIsRefused) {
  StartCommand command = with_profile("");
  command.url = *transport::parse_url("ws://bad.example/");
  Warnings warnings;
  const auto nothing = [](const char*) -> std::optional<std::string> { return std::nullopt; };
  const auto got =
      make({{"allowed-hosts", "good.example"}}).configuration.options(command, nothing, warnings);
  ASSERT_FALSE(got);
  EXPECT_TRUE(holds(got.error(), "the server bad.example is not in allowed-hosts"));
}

TEST(Configuration, ABadVariableLeavesTheProfilesValue) {
  const Made made = make({}, {{"p", {{"STREAM_BUFFER_SIZE", "60"}}}});
  Warnings warnings;
  const auto bad = [](const char* name) -> std::optional<std::string> {
    if (std::string{name} == "STREAM_BUFFER_SIZE") return "7";
    return std::nullopt;
  };
  EXPECT_EQ(made.configuration.options(with_profile("p"), bad, warnings)->audio.packet_ms, 60U);
  EXPECT_EQ(
      warnings,
      Warnings{"STREAM_BUFFER_SIZE is \"7\", not a multiple of 20 ms from 20 to 1000: using 60"});
}

TEST(Configuration, AVariableCannotSetTheModulesOwnParameters) {
  const Options got = options({}, "", {{"queue-memory-mb", "1"}, {"max-message-bytes", "1024"}});
  EXPECT_EQ(got.limits.message_bytes, std::size_t{16} << 20U);
  EXPECT_EQ(got.limits.queue_memory_bytes, std::size_t{256} << 20U);
}

TEST(Configuration, ABadValueIsNamedWithItsPlaceAndTheValueUsed) {
  const auto [configuration, warnings] =
      make({{"io-threads", "many"},
            {"STREAM_OUTAGE_BUFFER", "99"},
            {"queue-memory-mb", "0"},
            {"max-message-bytes", "1023"},
            {"STREAM_NO_RECONNECT", "perhaps"},
            {"STREAM_BUFFER_SIZE", "40"}},
           {{"p", {{"STREAM_BUFFER_SIZE", "30"}, {"STREAM_OUTAGE_BUFFER", "60001"}}}});
  EXPECT_EQ(
      warnings,
      (Warnings{
          // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): some take two lines
          "a.conf.xml, settings: io-threads is \"many\", not a number from 0 to 64: using 0",
          "a.conf.xml, settings: STREAM_OUTAGE_BUFFER is \"99\", not a number of milliseconds from "
          "100 to 60000: using 5000",
          "a.conf.xml, settings: queue-memory-mb is \"0\", not a number of MiB from 1 to 65536: "
          "using 256",
          "a.conf.xml, settings: max-message-bytes is \"1023\", not a number of bytes from 1024 to "
          "268435456: using 16777216",
          "a.conf.xml, settings: STREAM_NO_RECONNECT is \"perhaps\", not true or false: using "
          "false",
          "a.conf.xml, profile \"p\": STREAM_BUFFER_SIZE is \"30\", not a multiple of 20 ms from "
          "20 to 1000: using 40",
          "a.conf.xml, profile \"p\": STREAM_OUTAGE_BUFFER is \"60001\", not a number of "
          "milliseconds from 100 to 60000: using 5000",
      }));
  const Options got = options(configuration, "p");
  EXPECT_EQ(got.audio.packet_ms, 40U);
  EXPECT_EQ(got.audio.outage_buffer.count(), 5000);
  EXPECT_TRUE(got.reconnect.enabled);
}

TEST(Configuration, AnUnknownParameterIsNamedWithASuggestionAndWithoutItsValue) {
  const auto [configuration, warnings] =
      make({{"STREAM_BUFER_SIZE", "40"}, {"STREAM_PROXI", "http://u:s3cret@p:3128"}},
           {{"p", {{"max-stream", "7"}}}});
  EXPECT_EQ(warnings,
            (Warnings{"a.conf.xml, settings: there is no parameter \"STREAM_BUFER_SIZE\": left "
                      "out. Is it STREAM_BUFFER_SIZE?",
                      "a.conf.xml, settings: there is no parameter \"STREAM_PROXI\": left out. Is "
                      "it STREAM_PROXY?",
                      warnings.back()}));
  EXPECT_TRUE(holds(warnings[2], "a.conf.xml, profile \"p\": there is no parameter"));
  EXPECT_FALSE(holds(warnings[2], "max-streams?")) << "not in a profile";
}

TEST(Configuration, AModuleParameterIsNotAllowedInAProfile) {
  for (const auto* name : {"io-threads", "queue-memory-mb", "max-message-bytes"}) {
    const auto [configuration, warnings] = make({}, {{"p", {{name, "2000"}}}});
    EXPECT_EQ(warnings,
              Warnings{"a.conf.xml, profile \"p\": \"" + std::string{name} +
                       "\", which is \"2000\", holds for all streams: must be in settings"});
    EXPECT_EQ(configuration.io_threads(), 0U);
    EXPECT_EQ(options(configuration, "p").limits.message_bytes, std::size_t{16} << 20U);
  }
}

TEST(Configuration, NamesOfParametersMatchInAnyCase) {
  const auto [configuration, warnings] =
      make({{"IO-Threads", "2"}, {"Stream_Outage_Buffer", "300"}, {"stream_buffer_size", "40"}});
  EXPECT_EQ(warnings, Warnings{});
  EXPECT_EQ(configuration.io_threads(), 2U);
  EXPECT_EQ(options(configuration).audio.outage_buffer.count(), 300);
  EXPECT_EQ(options(configuration).audio.packet_ms, 40U);
}

TEST(Configuration, AnEmptyValueCountsAsUnset) {
  const auto [configuration, warnings] = make({{"io-threads", ""},
                                               {"STREAM_OUTAGE_BUFFER", ""},
                                               {"STREAM_BUFFER_SIZE", ""},
                                               {"nonsense", ""}});
  EXPECT_EQ(warnings, Warnings{});
  EXPECT_EQ(options(configuration).audio.packet_ms, 20U);
}

TEST(Configuration, TheLastOfTwoValuesIsUsedWithAWarning) {
  const auto [configuration, warnings] =
      make({{"STREAM_BUFFER_SIZE", "40"}, {"STREAM_BUFFER_SIZE", "60"}});
  EXPECT_EQ(warnings, Warnings{"a.conf.xml, settings: STREAM_BUFFER_SIZE stands there twice: using "
                               "the last one"});
  EXPECT_EQ(options(configuration).audio.packet_ms, 60U);
}

TEST(Configuration, BadHeadersRefuseTheStartsThatWouldUseThem) {
  const auto [configuration, warnings] =
      make({}, {{"p", {{"STREAM_EXTRA_HEADERS", "Authorization: s3cret"}}}});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0],
            "a.conf.xml, profile \"p\": STREAM_EXTRA_HEADERS: it is not a JSON object like "
            "{\"Name\":\"Value\"}: a start that would use it is refused");
  EXPECT_EQ(refusal(configuration, "p"),
            "STREAM_EXTRA_HEADERS (a.conf.xml, profile \"p\"): it is not a JSON object like "
            "{\"Name\":\"Value\"}");
  EXPECT_EQ(options(configuration).endpoint.headers, transport::Headers{});
  EXPECT_EQ(
      options(configuration, "p", {{"STREAM_EXTRA_HEADERS", R"({"A":"b"})"}}).endpoint.headers,
      (transport::Headers{{"A", "b"}}));
}

TEST(Configuration, NoWarningShowsAHeader) {
  for (const auto* name : {"STREAM_EXTRA_HEADERS", "STREAM_EXTRA_HEADER", "extra-headers", "x"}) {
    for (const auto* value : {R"({"Authorization":"s3cret"},)", R"({"Authorization":s3cret})"}) {
      for (const auto& made : {make({{name, value}}), make({}, {{"p", {{name, value}}}})}) {
        ASSERT_EQ(made.warnings.size(), 1U);
        EXPECT_FALSE(holds(made.warnings[0], "s3cret")) << made.warnings[0];
      }
    }
  }
}

TEST(Configuration, ACertificateWithoutItsKeyIsNamedAndMayBeCompletedByTheCall) {
  const auto [configuration, warnings] = make({}, {{"p", {{"STREAM_TLS_CERT_FILE", "/cert"}}}});
  EXPECT_EQ(warnings,
            Warnings{"a.conf.xml, profile \"p\": STREAM_TLS_CERT_FILE is \"/cert\" without "
                     "a STREAM_TLS_KEY_FILE: a start is refused unless the call sets it"});
  EXPECT_TRUE(holds(refusal(configuration, "p"), "go together"));
  EXPECT_EQ(options(configuration, "p", {{"STREAM_TLS_KEY_FILE", "/key"}}).endpoint.tls.cert_file,
            "/cert");
  EXPECT_EQ(make({{"STREAM_TLS_KEY_FILE", "/key"}}, {{"p", {{"STREAM_TLS_CERT_FILE", "/cert"}}}})
                .warnings.size(),
            1U)
      << "only from the settings";
}

TEST(Configuration, AnUnknownProfileIsRefusedWithTheKnownOnes) {
  EXPECT_EQ(refusal({}, "p"), "there is no profile \"p\" (known: none)");
  EXPECT_EQ(refusal(make({}, {{"b", {}}, {"a", {}}}).configuration, "A"),
            "there is no profile \"A\" (known: a, b)");
}

TEST(Configuration, AProfileWithAnInvalidNameIsIgnored) {
  for (const std::string& name : {std::string{}, std::string{"a b"}, std::string(65, 'x')}) {
    const auto [configuration, warnings] = make({}, {{name, {{"STREAM_BUFFER_SIZE", "x"}}}});
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_TRUE(holds(warnings[0], "a.conf.xml, profile \"" + name.substr(0, 64))) << warnings[0];
    EXPECT_TRUE(holds(warnings[0], "1 to 64 letters"));
  }
}

TEST(Configuration, TheFirstOfTwoProfilesOfANameIsUsed) {
  const auto [configuration, warnings] =
      make({}, {{"p", {{"STREAM_BUFFER_SIZE", "40"}}}, {"p", {{"STREAM_BUFFER_SIZE", "60"}}}});
  EXPECT_EQ(warnings, Warnings{"a.conf.xml, profile \"p\": there is one of that name already: left "
                               "out"});
  EXPECT_EQ(options(configuration, "p").audio.packet_ms, 40U);
}

TEST(Configuration, WarningsAreShortAndPrintable) {
  const std::string long_one(100'000, 'v');
  for (const auto& value : {long_one, std::string{"\x1B[31m\n"}, std::string{"\xFF\xFE"}}) {
    for (const auto& made : {make({{value, value}}), make({{"STREAM_OUTAGE_BUFFER", value}}),
                             make({}, {{value, {{"x", value}}}})}) {
      ASSERT_EQ(made.warnings.size(), 1U);
      EXPECT_LT(made.warnings[0].size(), 1200U);
      for (const char c : made.warnings[0]) {
        EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\xFF');
      }
    }
  }
}

TEST(Configuration, ACopyIsIndependentOfTheOriginal) {
  auto first = std::make_unique<Configuration>(
      make({{"STREAM_HEART_BEAT", "3"}}, {{"p", {{"STREAM_BUFFER_SIZE", "60"}}}}).configuration);
  const Configuration copy = *first;
  first.reset();
  EXPECT_EQ(options(copy, "p").audio.packet_ms, 60U);
  EXPECT_EQ(options(copy, "p").timeouts.heartbeat.count(), 3);
}

// A new parameter must be described where administrators look.
TEST(Configuration, TheFileWeShipHasEveryParameter) {
  const std::ifstream in{CONFIGURATION_FILE};
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_TRUE(holds(text.str(), "<param name=\"io-threads\" value=\"0\"/>"));
  const Options defaults;
  for (const Parameter& parameter : parameters()) {
    const std::string param = "<param name=\"" + std::string{parameter.name} + "\" value=";
    EXPECT_TRUE(holds(text.str(), param)) << parameter.name;
    const std::string value = parameter.value_text(defaults);
    if (!value.empty()) {
      EXPECT_TRUE(holds(text.str(), param + "\"" + value + "\"/>")) << parameter.name;
    }
  }
}

}  // namespace
}  // namespace audio_stream::control
