#include "protocol/playback.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <variant>

#include "protocol/raw_l16.hpp"

namespace audio_stream::protocol {
namespace {

using Json = nlohmann::ordered_json;

std::optional<PlaybackRequest> request(const std::string& text) {
  return playback_request(Json::parse(text));
}

template <class Type>
Type as(const std::string& text) {
  const auto found = request(text);
  EXPECT_TRUE(found && std::holds_alternative<Type>(*found)) << text;
  return found && std::holds_alternative<Type>(*found) ? std::get<Type>(*found) : Type{};
}

TEST(PlaybackRequest, MarksHaveTheirNamesInSeveralPlaces) {
  EXPECT_EQ(as<MarkRequest>(R"({"type":"mark","name":"a"})").name, "a");
  EXPECT_EQ(as<MarkRequest>(R"({"type":"mark","data":{"name":"b"}})").name, "b");
  EXPECT_EQ(as<MarkRequest>(R"({"type":"mark","mark":{"name":"c"}})").name, "c");
  EXPECT_EQ(as<MarkRequest>(R"({"type":"mark"})").name, "") << "bots do";
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
  EXPECT_EQ(text_of(mark_note("a", true, 20)),
            R"({"type":"mark","name":"a","result":"played","position_ms":20})");
  EXPECT_EQ(text_of(cleared_note("server", 2, 100, 900)),
            R"({"type":"cleared","reason":"server","utterance":2,"heard_ms":100,"thrown_ms":900})");
  EXPECT_EQ(text_of(dtmf_note('#', 100)), R"({"type":"dtmf","digit":"#","duration_ms":100})");
}

/// What is wrong with `text` by the definition, as far as members and their names go.
std::string wrong_by(const Json& definition, const Json& text) {
  for (const auto& name : definition["required"]) {
    if (!text.contains(name)) return "lacks " + name.get<std::string>();
  }
  for (const auto& [name, value] : text.items()) {
    if (!definition["properties"].contains(name)) return "has an unknown " + name;
    const Json& property = definition["properties"][name];
    if (property.contains("const") && property["const"] != value) return name + " is another";
    if (property.value("type", "") == "integer" && !value.is_number_integer()) return name;
    if (property.value("type", "") == "string" && !value.is_string()) return name;
    if (property.value("type", "") == "object" && !value.is_object()) return name;
    if (property.contains("enum") && std::find(property["enum"].begin(), property["enum"].end(),
                                               value) == property["enum"].end()) {
      return name + " is none of the enum";
    }
  }
  return {};
}

class Schema : public testing::Test {
 protected:
  static Json load() {
    std::ifstream file{AUDIO_STREAM_SOURCE_DIR "/docs/protocol.schema.json"};
    return Json::parse(file);
  }
  /// Whether any definition of `group` fits.
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
  EXPECT_EQ(examples, 20);
}

TEST_F(Schema, EverythingWeSayFits) {
  const Json& answers = schema_["$defs"]["answers"];
  for (const Note& note :
       {mark_note("a", true, 1), mark_note("a", false, 1), cleared_note("api", 1, 2, 3),
        paused_note(true, 1), paused_note(false, 1), drained_note(1), flow_note(true, 1),
        flow_note(false, 1), refused_note("why", 1), dtmf_note('#', 1)}) {
    EXPECT_EQ(judge(answers, Json::parse(text_of(note))), "") << text_of(note);
  }
}

template <class Type>
bool is(const ServerMessage& message) {
  return std::holds_alternative<Type>(message);
}

TEST(RawL16WithPlayback, BinaryIsAudioWhateverItLooksLike) {
  RawL16 dialect{"", true};
  EXPECT_TRUE(is<ServerAudio>(dialect.understand_binary("{\"type\":\"clear\"}")));
}

TEST(RawL16WithPlayback, TextsAreRequestsAudioOrForTheApplication) {
  RawL16 dialect{"", true};
  EXPECT_TRUE(is<ServerRequest>(dialect.understand_text(R"( {"type":"killAudio"})")));
  EXPECT_TRUE(is<ServerSpeech>(dialect.understand_text(
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":""}})")));
  EXPECT_TRUE(is<ServerAudioFile>(dialect.understand_text(
      R"({"type":"streamAudio","data":{"audioDataType":"mp3","audioData":"AAAA"}})")));
  EXPECT_TRUE(is<ServerText>(dialect.understand_text(R"({"type":"transcript"})")));
  EXPECT_TRUE(is<ServerText>(dialect.understand_text("clear")));
}

TEST(RawL16WithoutPlayback, KnowsNothingOfAllThat) {
  RawL16 dialect{""};
  EXPECT_TRUE(is<ServerText>(dialect.understand_text(R"({"type":"clear"})")));
  EXPECT_TRUE(is<ServerText>(dialect.understand_binary(R"({"type":"clear"})")));
}

}  // namespace
}  // namespace audio_stream::protocol
