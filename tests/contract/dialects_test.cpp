// Each built-in dialect against a stub of its server. The stub is strict: it compares each message
// with the script in dialects/NAME.json, member by member, and in its order.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "contract_test.hpp"
#include "support/base64.hpp"
#include "support/temporary_directory.hpp"
#include "support/wait.hpp"

namespace contract {
namespace {

using Json = nlohmann::json;

const std::filesystem::path kScripts{DIALECT_SCRIPTS};

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& file : std::filesystem::directory_iterator{kScripts}) {
    if (file.path().extension() == ".json") all.push_back(file.path().stem());
  }
  std::ranges::sort(all);
  return all;
}

/// Audio of a tone in the codec of a script's step.
std::string audio_of(const Json& step) {
  const std::string codec = step.at("codec");
  const auto samples = step.at("rate").get<std::size_t>() * step.at("ms").get<std::size_t>() / 1000;
  std::string bytes;
  for (std::size_t i = 0; i < samples; ++i) {
    const bool high = i / 20 % 2 == 0;
    if (codec == "pcmu") {
      bytes += static_cast<char>(high ? 0x90 : 0x10);
    } else {
      bytes += '\0';
      bytes += static_cast<char>(high ? 0x20 : 0xE0);
    }
  }
  if (codec != "wav") return bytes;
  const auto little = [](std::size_t number, int width) {
    std::string text;
    for (int i = 0; i < width; ++i) text += static_cast<char>(number >> (8 * i));
    return text;
  };
  const std::size_t rate = step.at("rate");
  return "RIFF" + little(36 + bytes.size(), 4) + "WAVEfmt " + little(16, 4) + little(1, 2) +
         little(1, 2) + little(rate, 4) + little(2 * rate, 4) + little(2, 2) + little(16, 2) +
         "data" + little(bytes.size(), 4) + bytes;
}

std::string base64(const std::string& bytes) {
  return test::base64_encode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// `pattern` with each "$audio" replaced.
Json with_audio(Json pattern, const std::string& audio) {
  if (pattern == "$audio") return audio;
  if (pattern.is_structured()) {
    for (auto& each : pattern) each = with_audio(each, audio);
  }
  return pattern;
}

/// What differs between a message and the pattern: "~..." is a regular expression of a string's
/// value, "#number" any number, "$audio" the base64 of `audio_bytes` bytes, anything else stands
/// for itself. Empty: nothing. Without `exact` the audio may be shorter, as the last one of a
/// stream is.
std::string difference(const Json& message, const Json& pattern, std::size_t audio_bytes,
                       bool exact = true, const std::string& at = "") {
  const auto shown = [&] {
    return at + ": " + message.dump().substr(0, 200) + " is not " + pattern.dump();
  };
  if (pattern.is_string()) {
    const auto& expected = pattern.get_ref<const std::string&>();
    if (expected == "$audio") {
      if (!message.is_string()) return shown();
      const auto bytes = test::base64_decode(message.get<std::string>());
      const bool fits = exact ? bytes.size() == audio_bytes : bytes.size() <= audio_bytes;
      return fits ? "" : shown() + " of " + std::to_string(audio_bytes) + " bytes";
    }
    if (expected == "#number") return message.is_number() ? "" : shown();
    if (expected.starts_with("~")) {
      const bool fits = message.is_string() && std::regex_match(message.get<std::string>(),
                                                                std::regex{expected.substr(1)});
      return fits ? "" : shown();
    }
  }
  if (pattern.type() != message.type() && !(pattern.is_number() && message.is_number()))
    return shown();
  if (!pattern.is_structured()) return pattern == message ? "" : shown();
  if (pattern.size() != message.size()) return shown();
  if (pattern.is_array()) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      auto found =
          difference(message[i], pattern[i], audio_bytes, exact, at + "." + std::to_string(i));
      if (!found.empty()) return found;
    }
    return "";
  }
  for (const auto& [name, value] : pattern.items()) {
    if (!message.contains(name)) return at + ": lacks '" + name + "'";
    auto found = difference(message[name], value, audio_bytes, exact, at + "." + name);
    if (!found.empty()) return found;
  }
  return "";
}

class Dialects : public ContractTest, public testing::WithParamInterface<std::string> {
 protected:
  void run(const Json& script, const Call& call) {
    for (const Json& step : script.at("steps")) {
      const auto begin = step.begin();
      SCOPED_TRACE(begin.key() + " " + begin.value().dump().substr(0, 120));
      do_step(begin.key(), begin.value(), call);
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
  }

  void TearDown() override {
    server_.reset();
    ContractTest::TearDown();
  }

  std::optional<test::WebSocketServer> server_{
      std::in_place,
      test::WebSocketServerOptions{.subprotocols = {"audio.drachtio.org", "media", "convai"}}};
  int connection_ = 0;

 private:
  void do_step(const std::string& kind, const Json& step, const Call& call) {
    if (kind == "told") {
      expect_told(step);
    } else if (kind == "told_words") {
      EXPECT_TRUE(
          std::regex_match(server_->wait_text(connection_), std::regex{step.get<std::string>()}));
    } else if (kind == "told_binary") {
      expect_binary(step.get<std::string>());
    } else if (kind == "say") {
      server_->send_text(connection_, step.dump());
    } else if (kind == "say_words") {
      server_->send_text(connection_, step.get<std::string>());
    } else if (kind == "say_binary") {
      say_binary(step.dump());
    } else if (kind == "say_audio") {
      say_audio(step);
    } else if (kind == "audio") {
      expect_audio(step);
    } else if (kind == "transcript") {
      EXPECT_EQ(events.wait_for("transcript").json(), step);
    } else if (kind == "heard") {
      events.wait_for("drained", [](const SeenEvent& event) {
        return event.name == "playback" && event.json()["status"] == "drained";
      });
    } else if (kind == "stop") {
      EXPECT_EQ(call.api("stop"), kOk);
    } else if (kind == "close") {
      server_->close(connection_, 1000);
    } else if (kind == "closed_by") {
      const auto closed = server_->wait_close(connection_);
      EXPECT_EQ(closed.by, step.get<std::string>());
      EXPECT_EQ(closed.code, 1000);
    } else if (kind == "error") {
      const auto event = events.wait_for("error");
      EXPECT_NE(event.body.find(step.get<std::string>()), std::string::npos) << event.body;
    } else if (kind == "hung_up") {
      EXPECT_TRUE(test::eventually(
          [&] { return call.api("send_text name=none x").find("no call") != std::string::npos; }));
    } else {
      FAIL() << "a script has no step '" << kind << "'";
    }
  }

  void say_binary(const std::string& bytes) {
    server_->send_binary(connection_,
                         {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
  void say_audio(const Json& step) {
    const std::string audio = audio_of(step);
    if (!step.contains("in")) return say_binary(audio);
    const std::string text = with_audio(step["in"], base64(audio)).dump();
    if (step.value("binary", false)) return say_binary(text);
    server_->send_text(connection_, text);
  }

  /// Skips audio, which must fit its own pattern.
  void expect_told(const Json& pattern) {
    constexpr int kMostAudio = 500;
    constexpr bool kMayBeShort = false;
    for (int i = 0; i < kMostAudio; ++i) {
      const std::string text = server_->wait_text(connection_);
      const Json message = Json::parse(text, nullptr, false);
      ASSERT_FALSE(message.is_discarded()) << text;
      const bool is_audio =
          !audio_.is_null() && difference(message, audio_, audio_bytes_, kMayBeShort).empty();
      if (is_audio && difference(message, pattern, 0) != "") continue;
      EXPECT_EQ(difference(message, pattern, audio_bytes_), "") << text;
      return;
    }
    FAIL() << "nothing but audio came";
  }
  void expect_binary(const std::string& expected) {
    constexpr int kMostAudio = 500;
    for (int i = 0; i < kMostAudio; ++i) {
      const auto bytes = server_->wait_binary(connection_);
      if (std::string{bytes.begin(), bytes.end()} == expected) return;
      ASSERT_LE(bytes.size(), audio_bytes_);
    }
    FAIL() << "nothing but audio came";
  }
  void expect_audio(const Json& step) {
    audio_bytes_ = step.at("bytes");
    if (step.contains("told")) audio_ = step["told"];
    for (int i = 0; i < step.value("messages", 3); ++i) {
      if (audio_.is_null()) {
        EXPECT_EQ(server_->wait_binary(connection_).size(), audio_bytes_);
        continue;
      }
      const std::string text = server_->wait_text(connection_);
      EXPECT_EQ(difference(Json::parse(text, nullptr, false), audio_, audio_bytes_), "") << text;
    }
  }

  Json audio_;  // the pattern of audio messages that are texts
  std::size_t audio_bytes_ = 0;
};

TEST_P(Dialects, SpeaksAsItsServerWants) {
  std::ifstream file{kScripts / (GetParam() + ".json")};
  const Json script = Json::parse(file);
  const test::TemporaryDirectory directory;
  CallShape shape{.caller = Speech::tone(440)};
  const Json variables = script.value("variables", Json::object());
  for (const auto& [name, value] : variables.items()) {
    shape.variables[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  if (script.value("key", false)) {
    std::ofstream{directory.path() / "key"} << "test-key\n";
    shape.variables["STREAM_BEARER_FILE"] = (directory.path() / "key").string();
  }
  const Call call{shape};
  ASSERT_EQ(call.api("start dialect=" + GetParam() + " " + server_->url("/") + " mono"), kOk);
  const auto opened = server_->wait_open();
  connection_ = opened.connection;
  const Json headers = script.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    EXPECT_EQ(opened.header(name), value.get<std::string>());
  }
  EXPECT_EQ(opened.subprotocol, script.value("subprotocol", ""));
  run(script, call);
}

/// An application of a dialplan and its data.
using Action = std::pair<std::string, std::string>;

/// The dialplan of a page in docs/dialects/.
std::vector<Action> dialplan_of(const std::string& page) {
  std::ifstream file{page};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  static const std::regex kAction{R"re(<action application="([a-z_]+)"(?: data="([^"]*)")?/>)re"};
  std::vector<Action> all;
  for (std::sregex_iterator at{text.begin(), text.end(), kAction}, end; at != end; ++at) {
    all.emplace_back((*at)[1], std::regex_replace((*at)[2].str(), std::regex{"&quot;"}, "\""));
  }
  return all;
}

// The key and the server are the test's own. Everything else is the page's.
TEST_P(Dialects, TheDialplanOfItsPageRunsOnACall) {
  const test::TemporaryDirectory directory;
  const std::string key = directory.path() / "key";
  std::ofstream{key} << "test-key\n";
  Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_NO_RECONNECT", "true"}}}};
  bool is_started = false;
  for (const auto& [application, data] :
       dialplan_of(std::string{DIALECT_PAGES} + "/" + GetParam() + ".md")) {
    if (application == "set") {
      const std::string name = data.substr(0, data.find('='));
      call.set_variable(name, name == "STREAM_BEARER_FILE" ? key : data.substr(name.size() + 1));
    } else if (application == "audio_stream") {
      static const std::regex kServer{R"( (wss?://\S+ )?mono$)"};
      call.run_application(application,
                           std::regex_replace(data, kServer, " " + server_->url("/") + " mono"));
      ASSERT_EQ(call.variable("audio_stream_result"), "+OK Success") << data;
      is_started = true;
    }
  }
  ASSERT_TRUE(is_started);
  const auto opened = server_->wait_open();
  events.wait_for("connect");
  server_->abort(opened.connection);
  events.wait_for_final();
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, Dialects, testing::ValuesIn(names()), [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace contract
