#include "control/dialect_choice.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

#include "control/command.hpp"
#include "control/configuration.hpp"
#include "fakes/temp_dir.hpp"

namespace audio_stream::control {
namespace {

using Variables = std::map<std::string, std::string>;

class DialectChoice : public testing::Test {
 protected:
  /// The options of `start <line>`, or why it is refused.
  tl::expected<Options, std::string> start(const std::string& line,
                                           const Variables& variables = {}) {
    std::vector<std::string> warnings;
    return start(line, variables, warnings);
  }
  tl::expected<Options, std::string> start(const std::string& line, const Variables& variables,
                                           std::vector<std::string>& warnings) {
    auto command = parse_command("start " + line);
    if (!command) return tl::unexpected(command.error().reason);
    const Configuration configuration{file_, warnings};
    EXPECT_EQ(warnings, std::vector<std::string>{});
    return configuration.options(
        std::get<StartCommand>(std::move(command->action)),
        [&](const char* name) -> std::optional<std::string> {
          const auto found = variables.find(name);
          if (found == variables.end()) return std::nullopt;
          return found->second;
        },
        warnings);
  }
  std::string why_not(const std::string& line, const Variables& variables = {}) {
    const auto options = start(line, variables);
    return options ? "(right)" : options.error();
  }

  test::TempDir dir_;
  ConfigurationFile file_;
};

TEST_F(DialectChoice, ADialectFixesTheFormat) {
  const auto options = start("dialect=twilio ws://bot/ mono");
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->audio.encoding, Encoding::pcmu);
  EXPECT_EQ(options->audio.rate_hz, 8000U);
  EXPECT_EQ(options->audio.packet_ms, 20U);
  EXPECT_TRUE(options->playback.enabled) << "it speaks";
  EXPECT_TRUE(options->dialect.rules);
}

TEST_F(DialectChoice, ARecogniserNeedsNoPlayback) {
  const auto options = start("dialect=vosk");
  ASSERT_TRUE(options) << options.error();
  EXPECT_FALSE(options->playback.enabled);
  EXPECT_EQ(options->endpoint.url.display(), "ws://127.0.0.1:2700/");
  EXPECT_EQ(options->audio.packet_ms, 100U);
}

TEST_F(DialectChoice, WhatContradictsTheFormatIsRefused) {
  EXPECT_EQ(
      why_not("dialect=twilio ws://bot/ mono 16k"),
      "the dialect twilio streams 8000 Hz, and the command says 16000 Hz: leave the rate out");
  EXPECT_EQ(why_not("dialect=twilio encoding=opus ws://bot/ mono"),
            "the dialect twilio has an encoding of its own: leave encoding= (STREAM_ENCODING) out");
  EXPECT_EQ(why_not("dialect=twilio ws://bot/ stereo"),
            "the dialect twilio has one channel: say mono or mixed in place of stereo");
  EXPECT_EQ(why_not("dialect=vonage down-encoding=pcmu ws://bot/ mono"),
            "the dialect vonage has an encoding of its own: leave down-encoding= "
            "(STREAM_DOWN_ENCODING) out");
  EXPECT_EQ(why_not("dialect=twilio ws://bot/ mono 8k"), "(right)");
}

TEST_F(DialectChoice, AnotherLengthOfPacketsThanTheDialectsIsWarnedOf) {
  const auto warnings_of = [&](const std::string& line, const std::string& ms) {
    std::vector<std::string> warnings;
    const auto options = start(line, {{"STREAM_BUFFER_SIZE", ms}}, warnings);
    EXPECT_TRUE(options);
    return warnings;
  };
  EXPECT_EQ(warnings_of("dialect=twilio ws://bot/ mono", "100"),
            (std::vector<std::string>{"STREAM_BUFFER_SIZE is 100, and the dialect twilio sends 20 "
                                      "ms at a time: using 20"}));
  EXPECT_EQ(warnings_of("dialect=vosk", "20"),
            (std::vector<std::string>{"STREAM_BUFFER_SIZE is 20, and the dialect vosk sends 100 ms "
                                      "at a time: using 100"}));
  EXPECT_TRUE(warnings_of("dialect=twilio ws://bot/ mono", "20").empty());
  EXPECT_TRUE(warnings_of("ws://bot/ mono", "100").empty());
  file_.profiles = {{"bot", {{"STREAM_DIALECT", "vosk"}, {"STREAM_BUFFER_SIZE", "60"}}}};
  std::vector<std::string> warnings;
  EXPECT_TRUE(start("profile=bot", {}, warnings));
  EXPECT_EQ(warnings.size(), 1U);
  warnings.clear();
  EXPECT_TRUE(start("dialect=vosk", {}, warnings));
  EXPECT_TRUE(warnings.empty()) << "nobody asked";
}

TEST_F(DialectChoice, AMisspeltDialectIsNamed) {
  EXPECT_EQ(why_not("dialect=twillio ws://bot/ mono"),
            "there is no dialect \"twillio\": is it twilio? The command dialects lists them");
}

TEST_F(DialectChoice, WhatADialectLacksIsNamed) {
  EXPECT_EQ(why_not("dialect=openai"),
            "the dialect openai needs a key: set STREAM_BEARER_FILE to the path of a file that "
            "holds only the key");
  EXPECT_EQ(why_not("dialect=openai", {{"STREAM_BEARER_FILE", "/no/such/file"}}),
            "the dialect openai needs ${key}: bearer file \"/no/such/file\" can't be used: No such "
            "file or directory");
  EXPECT_EQ(why_not("dialect=elevenlabs"), "the dialect elevenlabs needs STREAM_AGENT");
  EXPECT_EQ(why_not("dialect=azure-voice-live"),
            "the dialect azure-voice-live needs the channel variable resource");
  EXPECT_EQ(why_not("dialect=twilio mono"),
            "the dialect twilio has no URL of its own: start needs a websocket url");
  EXPECT_EQ(why_not("dialect=raw"),
            "start needs a websocket url: only a dialect may have one of its own");
}

TEST_F(DialectChoice, AKeyThatCannotBeReadIsNoMissingKey) {
  const Variables agent{{"STREAM_AGENT", "a"}};
  EXPECT_EQ(why_not("dialect=elevenlabs", agent), "(right)") << "it can do without a key";
  Variables unreadable = agent;
  unreadable["STREAM_BEARER_FILE"] = "/no/such/file";
  EXPECT_EQ(why_not("dialect=elevenlabs", unreadable),
            "the dialect elevenlabs needs ${key}: bearer file \"/no/such/file\" can't be used: No "
            "such file or directory");
}

TEST_F(DialectChoice, TheFaultOfOneFileIsNotToldOfAnotherValue) {
  file_.name = "f.xml";
  file_.dialects = R"(<dialects><dialect name="mine" url="ws://host/">
    <header>X-Token: ${file:token:-none}</header>
    <send on="open">${voice}</send></dialect></dialects>)";
  EXPECT_EQ(why_not("dialect=mine"), "the dialect mine needs STREAM_VOICE");
}

TEST_F(DialectChoice, TheKeyGoesWhereTheDialectSays) {
  const std::string file = dir_.write("key", "sk-1234567890\n");
  const auto options = start("dialect=deepgram", {{"STREAM_BEARER_FILE", file}});
  ASSERT_TRUE(options) << options.error();
  ASSERT_EQ(options->endpoint.headers.size(), 1U);
  EXPECT_EQ(options->endpoint.headers[0].first, "Authorization");
  EXPECT_EQ(options->endpoint.headers[0].second, "Token sk-1234567890");
  EXPECT_TRUE(options->endpoint.bearer_file.empty()) << "it is not sent twice";
}

TEST_F(DialectChoice, TheUsersOwnHeaderWins) {
  const auto options =
      start("dialect=deepgram", {{"STREAM_EXTRA_HEADERS", R"({"authorization":"Bearer mine"})"}});
  ASSERT_TRUE(options) << options.error();
  ASSERT_EQ(options->endpoint.headers.size(), 1U);
  EXPECT_EQ(options->endpoint.headers[0].second, "Bearer mine");
}

TEST_F(DialectChoice, AValueInAUrlStandsForItself) {
  const auto options = start("dialect=vosk-like", {{"STREAM_MODEL", "a b&c=d"}});
  EXPECT_FALSE(options);
  file_.name = "f.xml";
  file_.dialects = R"(<dialects><dialect name="mine" url="ws://host/?model=${model}"/></dialects>)";
  const auto mine = start("dialect=mine", {{"STREAM_MODEL", "a b&c=d"}});
  ASSERT_TRUE(mine) << mine.error();
  EXPECT_EQ(mine->endpoint.url.target, "/?model=a%20b%26c%3Dd");
}

TEST_F(DialectChoice, AProfileMayNameADialect) {
  file_.profiles = {{"bot", {{"STREAM_DIALECT", "vosk"}}}};
  const auto options = start("profile=bot");
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->dialect.rules->name, "vosk");
}

TEST_F(DialectChoice, FilesStandBelowTheFolderForSecrets) {
  file_.name = "f.xml";
  file_.dialects = R"(<dialects><dialect name="mine" url="ws://host/">
    <header>X-Token: ${file:token}</header></dialect>
    <dialect name="other" url="ws://host/"><header>X-Token: ${file:../token}</header></dialect>
    </dialects>)";
  EXPECT_EQ(why_not("dialect=mine"),
            "the dialect mine needs ${file:token}: ${file:token} needs secrets-folder in the "
            "configuration");
  static_cast<void>(dir_.write("token", "secret-token"));
  file_.settings = {{"secrets-folder", dir_.path()}};
  const auto options = start("dialect=mine");
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->endpoint.headers.at(0).second, "secret-token");
  EXPECT_EQ(why_not("dialect=other"),
            "the dialect other needs ${file:../token}: ${file:../token} is not below "
            "secrets-folder");
}

TEST_F(DialectChoice, SecretVariablesAreNotForDialects) {
  file_.name = "f.xml";
  file_.dialects = R"(<dialects><dialect name="mine" url="ws://host/">
    <send on="open">${STREAM_EXTRA_HEADERS}</send></dialect></dialects>)";
  EXPECT_EQ(why_not("dialect=mine", {{"STREAM_EXTRA_HEADERS", R"({"a":"b"})"}}),
            "the dialect mine needs the channel variable STREAM_EXTRA_HEADERS");
}

TEST_F(DialectChoice, ParametersAreAJsonObject) {
  EXPECT_EQ(why_not("dialect=twilio ws://bot/ mono", {{"STREAM_PARAMETERS", "[1]"}}),
            "STREAM_PARAMETERS: not a JSON object");
}

TEST_F(DialectChoice, AnEncodingHasItsRates) {
  EXPECT_EQ(why_not("encoding=pcmu ws://h/ mono 16k"),
            "encoding=pcmu and encoding=pcma are of 8000 Hz, and the command says 16000 Hz: say "
            "8k, or another encoding");
  EXPECT_EQ(why_not("encoding=opus ws://h/ mono 32k"),
            "encoding=opus takes 8k, 16k, 24k, 48k or 12000 Hz and a STREAM_BUFFER_SIZE of 20, 40 "
            "or 60 ms; this stream has 32000 Hz and 20 ms");
  EXPECT_EQ(why_not("encoding=opus ws://h/ mono 48k"), "(right)");
}

TEST_F(DialectChoice, AFaultyDialectOfTheUserLeavesTheOthers) {
  file_.name = "f.xml";
  file_.dialects =
      R"(<dialects><dialect name="a"><up colour="red"/></dialect><dialect name="b" url="ws://h/"/></dialects>)";
  std::vector<std::string> warnings;
  const Configuration configuration{file_, warnings};
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0],
            "f.xml: dialect 'a': rule 1, <up>, has an unknown attribute 'colour'; there are as, "
            "codec, rate and chunk: left out");
  EXPECT_TRUE(configuration.dialects().find("b"));
  EXPECT_FALSE(configuration.dialects().find("a"));
}

/// The dialplan of a page in docs/dialects/.
std::string dialplan_of(const std::filesystem::path& page) {
  std::ifstream in{page};
  std::ostringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  const std::size_t begin = all.find("```xml\n");
  if (begin == std::string::npos) return "";
  return all.substr(begin + 7, all.find("```", begin + 7) - begin - 7);
}

TEST_F(DialectChoice, TheDialplanOfEachPageStartsItsDialect) {
  const std::filesystem::path pages{std::string{AUDIO_STREAM_SOURCE_DIR} + "/docs/dialects"};
  const std::string key = dir_.write("key", "abcdefgh");
  for (const std::string& name : dialect::rules::Catalog::built_in().names()) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(dialplan_of(pages / (name + ".md")).c_str())) << name;
    Variables variables;
    bool is_started = false;
    const auto actions = document.select_nodes("//action");
    for (const auto& each : actions) {
      const std::string application = each.node().attribute("application").value();
      const std::string data = each.node().attribute("data").value();
      if (application == "set") {
        const std::size_t equals = data.find('=');
        variables[data.substr(0, equals)] = data.substr(equals + 1);
      }
      if (application != "audio_stream") continue;
      if (variables.contains("STREAM_BEARER_FILE")) variables["STREAM_BEARER_FILE"] = key;
      const auto options = start(data.substr(data.find(' ') + 1), variables);
      ASSERT_TRUE(options) << name << ": " << options.error();
      EXPECT_EQ(options->dialect.rules->name, name);
      is_started = true;
    }
    EXPECT_TRUE(is_started) << name;
  }
}

}  // namespace
}  // namespace audio_stream::control
