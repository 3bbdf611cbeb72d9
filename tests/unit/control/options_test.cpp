#include "control/options.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "control/layers.hpp"
#include "control/parameters.hpp"
#include "control/variable_names.hpp"

namespace audio_stream::control {
namespace {

using Variables = std::map<std::string, std::string>;

struct Read {
  Options options;
  std::vector<std::string> warnings;
  std::string error;  ///< empty: no error
};

Read read(const Variables& variables) {
  Read out;
  const VariableLookup lookup = [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  const Layer layer{Place::variable, lookup, ""};
  auto result = read_parameters({&layer, 1}, out.options, out.warnings);
  if (result) result = out.options.check();
  if (!result) out.error = result.error();
  return out;
}

/// The options of variables, without any error or warning.
Options good(const Variables& variables) {
  const Read out = read(variables);
  EXPECT_EQ(out.error, "");
  EXPECT_TRUE(out.warnings.empty()) << out.warnings.front();
  return out.options;
}

/// The only warning that `value` of `name` causes. The start succeeds.
std::string warning(const std::string& name, const std::string& value) {
  const Read out = read({{name, value}});
  EXPECT_EQ(out.error, "") << value;
  EXPECT_EQ(out.warnings.size(), 1U) << name << "=" << value;
  const std::string text = out.warnings.empty() ? "" : out.warnings.front();
  EXPECT_NE(text.find(name), std::string::npos) << text;
  EXPECT_NE(text.find("\"" + value.substr(0, 64)), std::string::npos) << text;
  return text;
}

const std::vector<const char*> kTrue{"true", "TRUE", "True", "1", "yes", "on", "t", "enabled"};
const std::vector<const char*> kFalse{"false", "FALSE", "0", "no", "off", "f", "disabled"};
const std::vector<const char*> kNeither{"maybe", "2", " true", "true ", "-1", "y e s"};

TEST(Options, WithoutVariablesTheDefaultsAreThoseOfVersion1) {
  const Options options = good({});
  EXPECT_TRUE(options.endpoint.deflate);
  EXPECT_EQ(options.timeouts.heartbeat.count(), 0);
  EXPECT_FALSE(options.texts.suppress_log);
  EXPECT_EQ(options.audio.packet_ms, 20U);
  EXPECT_TRUE(options.endpoint.headers.empty());
  EXPECT_TRUE(options.reconnect.enabled);
  EXPECT_EQ(options.endpoint.tls.ca_file, "SYSTEM");
  EXPECT_TRUE(options.endpoint.tls.cert_file.empty());
  EXPECT_TRUE(options.endpoint.tls.key_file.empty());
  EXPECT_TRUE(options.endpoint.tls.verify_host);
  EXPECT_EQ(options.audio.outage_buffer.count(), 5000);
}

TEST(Options, ABadWordIsWarnedOfAndTheDefaultUsed) {
  for (const auto& [name, value] :
       {std::pair{"STREAM_PLAY_TO", "x"}, std::pair{"STREAM_PLAY_MODE", "loud"},
        std::pair{"STREAM_BARGE_IN", "yes"}, std::pair{"STREAM_SAMPLE_RATE", "44000"}}) {
    EXPECT_NE(warning(name, value).find(": using "), std::string::npos) << name;
  }
  const Options options = read({{"STREAM_PLAY_TO", "x"}, {"STREAM_SAMPLE_RATE", "44000"}}).options;
  EXPECT_EQ(options.playback.to, PlayTo::caller);
  EXPECT_EQ(options.playback.rate_hz, 0U);
}

TEST(Options, ARateMayBeInKilohertz) {
  EXPECT_EQ(read({{"STREAM_SAMPLE_RATE", "24k"}}).options.playback.rate_hz, 24'000U);
  EXPECT_EQ(read({{"STREAM_SAMPLE_RATE", "16K"}}).options.playback.rate_hz, 16'000U);
  for (const auto* bad : {"44k", "24kHz", "k", "8000k"}) {
    EXPECT_EQ(read({{"STREAM_SAMPLE_RATE", bad}}).options.playback.rate_hz, 0U) << bad;
    EXPECT_NE(warning("STREAM_SAMPLE_RATE", bad).find("or as 24k"), std::string::npos);
  }
}

TEST(Options, BadHeadersSubprotocolsProxiesAndTlsFilesRefuseTheStart) {
  for (const auto& [name, value] :
       {std::pair{"STREAM_EXTRA_HEADERS", "x"}, std::pair{"STREAM_SUBPROTOCOL", "a b"},
        std::pair{"STREAM_PROXY", "x"}}) {
    EXPECT_TRUE(read({{name, value}}).error.starts_with(name)) << name;
  }
}

TEST(Options, SecretVariablesAreKnownInAnyCaseAndWithAnyPrefix) {
  EXPECT_TRUE(ends_in_secret_variable("variable_stream_extra_headers"));
  EXPECT_TRUE(ends_in_secret_variable("scope_variable_STREAM_Proxy"));
  EXPECT_FALSE(ends_in_secret_variable("variable_STREAM_PROXY_NAME"));
  EXPECT_EQ(hello_variables("a, stream_proxy, Stream_Subprotocol ,b"),
            (std::vector<std::string>{"a", "b"}));
}

TEST(Options, AnEmptyVariableCountsAsUnset) {
  const Options options = good({{"STREAM_MESSAGE_DEFLATE", ""},
                                {"STREAM_HEART_BEAT", ""},
                                {"STREAM_SUPPRESS_LOG", ""},
                                {"STREAM_BUFFER_SIZE", ""},
                                {"STREAM_EXTRA_HEADERS", ""},
                                {"STREAM_NO_RECONNECT", ""},
                                {"STREAM_TLS_CA_FILE", ""},
                                {"STREAM_TLS_CERT_FILE", ""},
                                {"STREAM_TLS_KEY_FILE", ""},
                                {"STREAM_TLS_DISABLE_HOSTNAME_VALIDATION", ""}});
  EXPECT_TRUE(options.endpoint.deflate);
  EXPECT_EQ(options.audio.packet_ms, 20U);
  EXPECT_EQ(options.endpoint.tls.ca_file, "SYSTEM");
}

TEST(Options, MessageDeflateTrueDisablesCompression) {
  for (const auto* value : kTrue) {
    EXPECT_FALSE(good({{"STREAM_MESSAGE_DEFLATE", value}}).endpoint.deflate) << value;
  }
  for (const auto* value : kFalse) {
    EXPECT_TRUE(good({{"STREAM_MESSAGE_DEFLATE", value}}).endpoint.deflate) << value;
  }
  for (const auto* value : kNeither) {
    warning("STREAM_MESSAGE_DEFLATE", value);
    EXPECT_TRUE(read({{"STREAM_MESSAGE_DEFLATE", value}}).options.endpoint.deflate) << value;
  }
}

TEST(Options, SuppressLogIsOffUnlessTrue) {
  for (const auto* value : kTrue)
    EXPECT_TRUE(good({{"STREAM_SUPPRESS_LOG", value}}).texts.suppress_log);
  for (const auto* value : kFalse) {
    EXPECT_FALSE(good({{"STREAM_SUPPRESS_LOG", value}}).texts.suppress_log);
  }
  for (const auto* value : kNeither) warning("STREAM_SUPPRESS_LOG", value);
}

TEST(Options, NoReconnectIsOffUnlessTrue) {
  for (const auto* value : kTrue)
    EXPECT_FALSE(good({{"STREAM_NO_RECONNECT", value}}).reconnect.enabled);
  for (const auto* value : kFalse)
    EXPECT_TRUE(good({{"STREAM_NO_RECONNECT", value}}).reconnect.enabled);
  for (const auto* value : kNeither) {
    warning("STREAM_NO_RECONNECT", value);
    EXPECT_TRUE(read({{"STREAM_NO_RECONNECT", value}}).options.reconnect.enabled);
  }
}

TEST(Options, HostNamesAreValidatedUnlessSwitchedOff) {
  constexpr auto kName = "STREAM_TLS_DISABLE_HOSTNAME_VALIDATION";
  for (const auto* value : kTrue) EXPECT_FALSE(good({{kName, value}}).endpoint.tls.verify_host);
  for (const auto* value : kFalse) EXPECT_TRUE(good({{kName, value}}).endpoint.tls.verify_host);
  for (const auto* value : kNeither) {
    warning(kName, value);
    EXPECT_TRUE(read({{kName, value}}).options.endpoint.tls.verify_host) << value;
  }
}

TEST(Options, BufferSizeIsAMultipleOf20MsFrom20To1000) {
  for (std::uint32_t ms = 20; ms <= 1000; ms += 20) {
    EXPECT_EQ(good({{"STREAM_BUFFER_SIZE", std::to_string(ms)}}).audio.packet_ms, ms);
  }
  for (const auto* value : {"0", "10", "19", "21", "30", "1001", "1020", "-20", "20ms", "20.0",
                            " 20", "+20", "abc", "4294967316", "99999999999999999999"}) {
    const std::string text = warning("STREAM_BUFFER_SIZE", value);
    EXPECT_NE(text.find("a multiple of 20 ms from 20 to 1000"), std::string::npos) << text;
    EXPECT_NE(text.find("using 20"), std::string::npos) << text;
    EXPECT_EQ(read({{"STREAM_BUFFER_SIZE", value}}).options.audio.packet_ms, 20U);
  }
}

TEST(Options, HeartBeatIsANumberOfSeconds) {
  for (const auto& [value, seconds] :
       {std::pair{"0", 0}, std::pair{"1", 1}, std::pair{"30", 30}, std::pair{"86400", 86400}}) {
    EXPECT_EQ(good({{"STREAM_HEART_BEAT", value}}).timeouts.heartbeat.count(), seconds);
  }
  for (const auto* value : {"-1", "1.5", "30s", "on", "86401", "99999999999999999999"}) {
    warning("STREAM_HEART_BEAT", value);
    EXPECT_EQ(read({{"STREAM_HEART_BEAT", value}}).options.timeouts.heartbeat.count(), 0);
  }
}

TEST(Options, TlsFilesAreUsedAsWritten) {
  const auto tls = good({{"STREAM_TLS_CA_FILE", "/etc/ca.pem"},
                         {"STREAM_TLS_CERT_FILE", "/etc/cert.pem"},
                         {"STREAM_TLS_KEY_FILE", "/etc/key.pem"}})
                       .endpoint.tls;
  EXPECT_EQ(tls.ca_file, "/etc/ca.pem");
  EXPECT_TRUE(tls.verify_peer());
  EXPECT_EQ(tls.cert_file, "/etc/cert.pem");
  EXPECT_EQ(tls.key_file, "/etc/key.pem");
  EXPECT_FALSE(good({{"STREAM_TLS_CA_FILE", "NONE"}}).endpoint.tls.verify_peer());
  EXPECT_TRUE(good({{"STREAM_TLS_CA_FILE", "SYSTEM"}}).endpoint.tls.verify_peer());
}

TEST(Options, ACertificateWithoutItsKeyRefusesTheStart) {
  for (const auto* name : {"STREAM_TLS_CERT_FILE", "STREAM_TLS_KEY_FILE"}) {
    const Read out = read({{name, "/etc/x.pem"}});
    EXPECT_NE(out.error.find("only one of them is set"), std::string::npos) << out.error;
  }
}

TEST(Options, ExtraHeadersAreRead) {
  EXPECT_EQ(
      good({{"STREAM_EXTRA_HEADERS", R"({"Authorization":"Bearer x","B":"c"})"}}).endpoint.headers,
      (transport::Headers{{"Authorization", "Bearer x"}, {"B", "c"}}));
}

TEST(Options, HeadersThatAreNotUtf8AreConvertedWithAWarning) {
  const Read out = read({{"STREAM_EXTRA_HEADERS", "{\"X-Name\":\"M\xFCller\"}"}});
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.options.endpoint.headers, (transport::Headers{{"X-Name", "M\xC3\xBCller"}}));
  EXPECT_EQ(out.warnings, std::vector<std::string>{
                              "STREAM_EXTRA_HEADERS is not valid UTF-8: its invalid bytes are read "
                              "as ISO 8859-1"});
}

TEST(Options, HeadersThatCannotBeSentRefuseTheStartWithoutShowingAValue) {
  for (const auto* value : {"Authorization: s3cret", R"({"Authorization":"s3cret\r\n"})",
                            R"({"Authorization":["s3cret"]})", R"({"a b":"s3cret"})",
                            R"({"Authorization":"s3cret")", "[]"}) {
    const Read out = read({{"STREAM_EXTRA_HEADERS", value}});
    EXPECT_EQ(out.error.rfind("STREAM_EXTRA_HEADERS: ", 0), 0U) << out.error;
    EXPECT_EQ(out.error.find("s3cret"), std::string::npos) << out.error;
    EXPECT_TRUE(out.warnings.empty());
  }
}

TEST(Options, EachStepTowardsAConnectionHasADeadline) {
  using transport::Deadlines;
  const std::vector<std::pair<const char*, std::chrono::milliseconds Deadlines::*>> steps{
      {"STREAM_RESOLVE_TIME", &Deadlines::resolve},
      {"STREAM_CONNECT_TIME", &Deadlines::connect},
      {"STREAM_TLS_TIME", &Deadlines::tls},
      {"STREAM_HANDSHAKE_TIME", &Deadlines::handshake}};
  for (const auto& [name, step] : steps) {
    EXPECT_EQ((good({}).endpoint.deadlines.*step).count(), 5000) << name;
    for (const auto* value : {"100", "60000"}) {
      const auto deadlines = good({{name, value}}).endpoint.deadlines;
      EXPECT_EQ(std::to_string((deadlines.*step).count()), value);
      for (const auto& [other, another] : steps) {
        EXPECT_EQ((deadlines.*another).count(), another == step ? std::stol(value) : 5000) << other;
      }
    }
    for (const auto* value : {"0", "99", "60001", "5s"}) {
      const std::string text = warning(name, value);
      EXPECT_NE(text.find("a number of milliseconds from 100 to 60000: using 5000"),
                std::string::npos)
          << text;
    }
  }
}

TEST(Options, SubprotocolsAreRead) {
  EXPECT_EQ(good({{"STREAM_SUBPROTOCOL", "a, b"}}).endpoint.subprotocols,
            (transport::Subprotocols{"a", "b"}));
  EXPECT_TRUE(good({{"STREAM_SUBPROTOCOL", "none"}}).endpoint.subprotocols.empty());
}

TEST(Options, AProxyIsReadAndNoneOverridesTheConfiguration) {
  EXPECT_EQ(good({{"STREAM_PROXY", "http://u:p@h:1"}}).endpoint.proxy->authority.userinfo, "u:p");
  Options options;
  std::vector<std::string> warnings;
  const auto having = [](const char* value) {
    return [value](const char* name) -> std::optional<std::string> {
      if (std::string_view{name} != "STREAM_PROXY") return std::nullopt;
      return value;
    };
  };
  const std::vector<Layer> layers{{Place::variable, having("none"), ""},
                                  {Place::settings, having("http://h"), "conf"}};
  EXPECT_TRUE(read_parameters(layers, options, warnings));
  EXPECT_FALSE(options.endpoint.proxy);
}

TEST(Options, ABadProxyRefusesTheStartWithoutShowingItsPassword) {
  const Read out = read({{"STREAM_PROXY", "http://user:s3cret@h:port"}});
  EXPECT_EQ(out.error.rfind("STREAM_PROXY: \"http://h:...\" is not a proxy URL: ", 0), 0U)
      << out.error;
  EXPECT_EQ(out.error.find("s3cret"), std::string::npos) << out.error;
}

TEST(Options, ABadSubprotocolRefusesTheStartWithoutShowingIt) {
  const Read out = read({{"STREAM_SUBPROTOCOL", "token, s3cret s3cret"}});
  EXPECT_EQ(out.error, "STREAM_SUBPROTOCOL: name 2 of its list is not a token (RFC 9110, 5.6.2)");
  EXPECT_TRUE(out.warnings.empty());
}

TEST(Options, EachBadVariableHasItsOwnWarning) {
  EXPECT_EQ(
      read({{"STREAM_BUFFER_SIZE", "7"}, {"STREAM_HEART_BEAT", "x"}, {"STREAM_SUPPRESS_LOG", "?"}})
          .warnings.size(),
      3U);
}

TEST(Options, AWarningShowsOnlyTheBeginningOfAValue) {
  EXPECT_LT(warning("STREAM_BUFFER_SIZE", std::string(10'000, '9')).size(), 250U);
}

TEST(Options, TheFormatOnTheWireFollowsTheMix) {
  Options options;
  options.audio.rate_hz = 16000;
  EXPECT_EQ(options.audio.format(), (audio::Format{16000, 1}));
  options.audio.mix = audio::Mix::mixed;
  EXPECT_EQ(options.audio.format(), (audio::Format{16000, 1}));
  options.audio.mix = audio::Mix::stereo;
  EXPECT_EQ(options.audio.format(), (audio::Format{16000, 2}));
}

TEST(Options, CheckNamesAServerThatIsNotAllowed) {
  Options options;
  options.limits.allowed_hosts = *AllowedHosts::parse("good.example");
  options.endpoint.url = *transport::parse_url("ws://good.example/");
  EXPECT_TRUE(options.check());
  options.further_urls = {*transport::parse_url("ws://good.example:81/"),
                          *transport::parse_url("ws://bad.example:82/")};
  EXPECT_EQ(options.check().error(),
            "the server bad.example:82 is not in allowed-hosts of the configuration");
  options.endpoint.url = *transport::parse_url("ws://worse.example/");
  EXPECT_EQ(options.check().error(),
            "the server worse.example is not in allowed-hosts of the configuration");
}

TEST(Options, CheckNamesAProxyThatIsNotAllowed) {
  Options options;
  options.limits.allowed_hosts = *AllowedHosts::parse("good.example");
  options.endpoint.url = *transport::parse_url("ws://good.example/");
  options.endpoint.proxy = *transport::parse_proxy("http://u:s3cret@bad.example:3128");
  EXPECT_EQ(options.check().error(),
            "the proxy http://bad.example:3128 is not in allowed-hosts of the configuration");
}

TEST(Options, AMisspeltVariableIsTakenForTheOneItResembles) {
  EXPECT_EQ(variable_meant_by("STREAM_SAMPLERATE"), "STREAM_SAMPLE_RATE");
  EXPECT_EQ(variable_meant_by("STREAM_BUFER_SIZE"), "STREAM_BUFFER_SIZE");
  for (const auto* right : {"STREAM_SAMPLE_RATE", "STREAM_TENANT_OF_MINE", "STREAM_", "sip_to"}) {
    EXPECT_FALSE(variable_meant_by(right)) << right;
  }
  EXPECT_FALSE(variable_meant_by("STREAM_" + std::string(1'000'000, 'X')));
}

TEST(Options, TheHeadersAreASecret) {
  EXPECT_EQ(kSecretVariables[0], "STREAM_EXTRA_HEADERS");
  EXPECT_EQ(kSecretVariables[1], "STREAM_SUBPROTOCOL");
  EXPECT_EQ(kSecretVariables[2], "STREAM_PROXY");
}

}  // namespace
}  // namespace audio_stream::control
