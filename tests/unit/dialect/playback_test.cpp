#include "dialect/playback_request.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "dialect/meaning.hpp"
#include "dialect/note.hpp"
#include "dialect/raw_l16.hpp"
#include "dialect/raw_words.hpp"
#include "dialect/server_object.hpp"

namespace audio_stream::dialect {
namespace {

using Json = nlohmann::ordered_json;

std::optional<PlaybackRequest> request(std::string text) {
  auto object = read_object(text, 1000);
  if (!object) return std::nullopt;
  return playback_request(std::move(*object));
}

template <class Type>
Type as(const std::string& text) {
  const auto found = request(text);
  EXPECT_TRUE(found && std::holds_alternative<Type>(*found)) << text;
  return found && std::holds_alternative<Type>(*found) ? std::get<Type>(*found) : Type{};
}

TEST(PlaybackRequest, AMarksNameMayBeInSeveralPlaces) {
  EXPECT_EQ(as<MarkRequest>(R"({"type":"mark","name":"a"})").name, "a");
  EXPECT_EQ(as<MarkRequest>(R"({"type":"mark","data":{"name":"b"}})").name, "b");
  EXPECT_EQ(as<MarkRequest>(R"({"type":"mark","mark":{"name":"c"}})").name, "c");
  EXPECT_EQ(as<MarkRequest>(R"({"type":"mark"})").name, "") << "bots send this";
}

TEST(PlaybackRequest, AClearHasManyNames) {
  for (const char* text :
       {R"({"type":"clear"})", R"({"type":"killAudio"})", R"({"action":"clear"})"}) {
    EXPECT_FALSE(as<ClearRequest>(text).fade_ms);
  }
  EXPECT_EQ(as<ClearRequest>(R"({"type":"clear","fade_ms":50})").fade_ms, 50U);
  EXPECT_EQ(as<ClearRequest>(R"({"type":"clear","fade_ms":99999999999})").fade_ms, 1000U);
  EXPECT_FALSE(as<ClearRequest>(R"({"type":"clear","fade_ms":-1})").fade_ms);
}

TEST(PlaybackRequest, PauseAndResume) {
  EXPECT_TRUE(as<PauseRequest>(R"({"type":"pause"})").paused);
  EXPECT_FALSE(as<PauseRequest>(R"({"type":"resume"})").paused);
}

TEST(PlaybackRequest, OtherTextsAreNone) {
  for (const char* text : {R"({"type":"transcript","action":"clear"})", R"({"action":"close"})",
                           R"(["clear"])", R"({"type":1})", R"("clear")", "3"}) {
    EXPECT_FALSE(request(text)) << text;
  }
}

TEST(Note, IsAFlatText) {
  EXPECT_EQ(note_text(MarkNote{"a", true, 20}),
            R"({"type":"mark","name":"a","result":"played","position_ms":20})");
  EXPECT_EQ(note_text(ClearedNote{"server", 2, 100, 900}),
            R"({"type":"cleared","reason":"server","utterance":2,"heard_ms":100,"thrown_ms":900})");
  EXPECT_EQ(digit_text('#', 100), R"({"type":"dtmf","digit":"#","duration_ms":100})");
}

std::string wrong_by(const Json& definition, const Json& value);

std::string wrong_object(const Json& definition, const Json& object) {
  for (const auto& name : definition.value("required", Json::array())) {
    if (!object.contains(name)) return "lacks " + name.get<std::string>();
  }
  const Json properties = definition.value("properties", Json::object());
  for (const auto& [name, value] : object.items()) {
    // The schema allows unknown members for later versions. In the module's own messages they are
    // errors.
    if (!properties.contains(name) && !definition.contains("additionalProperties")) {
      return "has an unknown " + name;
    }
    const Json& property =
        properties.contains(name) ? properties[name] : definition["additionalProperties"];
    if (const auto wrong = wrong_by(property, value); !wrong.empty()) return name + " " + wrong;
  }
  return {};
}

/// What is wrong with `value`. Supports the part of JSON Schema that our schema uses.
std::string wrong_by(const Json& definition, const Json& value) {
  const std::string type = definition.value("type", "");
  if (type == "integer" && !value.is_number_integer()) return "is no integer";
  if (type == "string" && !value.is_string()) return "is no string";
  if (type == "object" && !value.is_object()) return "is no object";
  if (definition.contains("const") && definition["const"] != value) return "is another";
  if (definition.contains("enum") &&
      std::ranges::find(definition["enum"], value) == definition["enum"].end()) {
    return "is none of the enum";
  }
  if (definition.contains("minimum") && value < definition["minimum"]) return "is too low";
  if (definition.contains("maximum") && value > definition["maximum"]) return "is too high";
  if (definition.contains("maxLength") &&
      value.get<std::string>().size() > definition["maxLength"].get<std::size_t>()) {
    return "is too long";
  }
  if (definition.contains("pattern") &&
      std::string{"0123456789ABCD*#"}.find(value.get<std::string>()) == std::string::npos) {
    return "is no digit";  // the only pattern in the schema
  }
  return type == "object" ? wrong_object(definition, value) : std::string{};
}

class Schema : public testing::Test {
 protected:
  static Json load() {
    std::ifstream file{AUDIO_STREAM_SOURCE_DIR "/docs/protocol.schema.json"};
    return Json::parse(file);
  }
  /// What is wrong with `text` by all definitions of `group`. Empty if one fits.
  static std::string judge(const Json& group, const Json& text) {
    std::string why = "fits nothing";
    for (const auto& [name, definition] : group.items()) {
      const std::string wrong = wrong_by(definition, text);
      if (wrong.empty()) return {};
      if (text.value("type", "") == name) why = wrong;
    }
    return why;
  }

  const Json schema_ = load();
};

TEST_F(Schema, EveryExampleInTheDocumentationFits) {
  std::ifstream file{AUDIO_STREAM_SOURCE_DIR "/docs/protocol.md"};
  std::string heading;
  int examples = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) heading = line;
    if (!line.starts_with("{\"")) continue;
    ++examples;
    const Json& group = schema_["$defs"][heading == "## Answers" ? "answers" : "requests"];
    EXPECT_EQ(judge(group, Json::parse(line)), "") << line;
  }
  EXPECT_EQ(examples, 27);
}

TEST_F(Schema, EveryMessageOfTheModuleFits) {
  const Json& answers = schema_["$defs"]["answers"];
  const std::vector<Note> notes{
      MarkNote{"a", true, 1}, MarkNote{"a", false, 1}, ClearedNote{"api", 1, 2, 3},
      PausedNote{true, 1},    PausedNote{false, 1},    DrainedNote{1},
      FlowNote{true, 1},      FlowNote{false, 1},      RefusedNote{"why", 1}};
  std::vector<std::string> texts{digit_text('#', 1), gap_text(1, 2), resume_text(1), part_text(1)};
  for (const auto what : {CallerNote::What::speech_started, CallerNote::What::speech_stopped,
                          CallerNote::What::masked, CallerNote::What::unmasked}) {
    texts.push_back(caller_text({what, 1, 2}));
  }
  for (const Note& note : notes) texts.push_back(note_text(note));
  for (const std::string& text : texts) EXPECT_EQ(judge(answers, Json::parse(text)), "") << text;
}

TEST_F(Schema, HelloFits) {
  StreamFacts facts;
  facts.call = "uuid";
  facts.name = "default";
  facts.down_rate_hz = 24000;
  facts.variables = {{"color", "red"}};
  const Json hello = Json::parse(hello_text(facts));
  const Json& definition = schema_["$defs"]["answers"]["hello"];
  EXPECT_EQ(wrong_by(definition, hello), "") << hello;
  EXPECT_TRUE(hello.contains("down"));
  // Nested members are checked too.
  Json wrong = hello;
  wrong["up"]["rate"] = "8000";
  EXPECT_EQ(wrong_by(definition, wrong), "up rate is no integer");
  wrong = hello;
  wrong["variables"]["color"] = 3;
  EXPECT_EQ(wrong_by(definition, wrong), "variables color is no string");
}

TEST_F(Schema, BoundsHold) {
  const Json& requests = schema_["$defs"]["requests"];
  const auto wrong = [&](const std::string& text) { return judge(requests, Json::parse(text)); };
  EXPECT_EQ(wrong(R"({"type":"clear","fade_ms":1000})"), "");
  EXPECT_EQ(wrong(R"({"type":"clear","fade_ms":1001})"), "fade_ms is too high");
  EXPECT_EQ(wrong(R"({"type":"clear","fade_ms":-1})"), "fade_ms is too low");
  EXPECT_EQ(wrong(R"({"type":"mark","name":")" + std::string(256, 'n') + R"("})"), "");
  EXPECT_EQ(wrong(R"({"type":"mark","name":")" + std::string(257, 'n') + R"("})"),
            "name is too long");
  EXPECT_EQ(wrong(R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":100}})"),
            "data sampleRate is too low");
  EXPECT_EQ(wrong(R"({"type":"streamAudio","data":{"audioDataType":"flac"}})"),
            "data audioDataType is none of the enum");
}

template <class Type>
bool is(const Incoming& message) {
  return std::holds_alternative<Type>(message);
}

TEST(RawL16WithPlayback, ABinaryMessageIsAudioUnlessItIsAJsonObject) {
  StreamFacts facts;
  facts.down_rate_hz = 8000;
  RawL16 dialect{facts};
  for (const char* audio :
       {"", "ab", "{", "{\"", "[\"type\"]", "{\"type\":\"clear\"", "{\"type\":\"\xFF\"}"}) {
    EXPECT_TRUE(is<ServerAudio>(binary_to(dialect, audio))) << audio;
  }
  EXPECT_TRUE(is<ServerRequest>(binary_to(dialect, "{\"type\":\"clear\"}")));
  EXPECT_TRUE(is<ServerText>(binary_to(dialect, " {\"type\":\"transcript\"}\n")));
}

TEST(RawL16WithPlayback, OnlyWhatMayBeAnObjectIsCollectedBeforeItIsPlayed) {
  StreamFacts facts;
  facts.down_rate_hz = 8000;
  RawL16 dialect{facts};
  for (const char* audio : {"", "ab", "{", "{ab", "}{\"", "\"{"}) {
    EXPECT_TRUE(dialect.plays_binary(audio)) << audio;
  }
  EXPECT_FALSE(dialect.plays_binary("{\"type"));
  EXPECT_FALSE(dialect.plays_binary("\n{ \"type"));
}

TEST(RawL16WithPlayback, TextsAreRequestsAudioOrForTheApplication) {
  StreamFacts facts;
  facts.down_rate_hz = 8000;
  RawL16 dialect{facts};
  EXPECT_TRUE(is<ServerRequest>(text_to(dialect, R"( {"type":"killAudio"})")));
  EXPECT_TRUE(is<ServerSpeech>(text_to(
      dialect,
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":""}})")));
  EXPECT_TRUE(is<ServerSpeech>(text_to(
      dialect, R"({"type":"streamAudio","data":{"audioDataType":"mp3","audioData":"AAAA"}})")));
  EXPECT_TRUE(is<ServerAudioFile>(text_to(
      dialect, R"({"type":"streamAudio","data":{"audioDataType":"flac","audioData":"AAAA"}})")));
  EXPECT_TRUE(is<ServerText>(text_to(dialect, R"({"type":"transcript"})")));
  EXPECT_TRUE(is<ServerText>(text_to(dialect, "clear")));
}

TEST(RawL16WithoutPlayback, LeavesAudioAndRequestsToTheApplication) {
  RawL16 dialect{StreamFacts{}};
  EXPECT_TRUE(is<ServerText>(text_to(dialect, R"({"type":"clear"})")));
  EXPECT_TRUE(is<ServerText>(binary_to(dialect, R"({"type":"clear"})")));
}

}  // namespace
}  // namespace audio_stream::dialect
