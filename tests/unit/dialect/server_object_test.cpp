#include "dialect/server_object.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/json_depth.hpp"
#include "support/sanitizers.hpp"

namespace audio_stream::dialect {
namespace {

using namespace std::string_literals;

constexpr std::size_t kEventBytes = 1000;

tl::expected<ServerObject, Unreadable> object_of(std::string text) {
  return read_object(text, kEventBytes);
}

TEST(ServerObject, HasTheKnownMembersInAnyOrder) {
  const auto object =
      object_of(R"( {"x":[{"type":"no"}],"fade_ms":7,"name":"n\u00fc","action":"a","type":"t"} )");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->type, "t");
  EXPECT_EQ(object->action, "a");
  EXPECT_EQ(object->name, "n\xC3\xBC");
  EXPECT_EQ(object->fade_ms, 7U);
  EXPECT_FALSE(object->audio);
}

TEST(ServerObject, MembersOfAnotherJsonTypeAreMissing) {
  const auto object = object_of(R"({"type":5,"name":null,"action":["clear"],"fade_ms":-1})");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->type + object->action + object->name, "");
  EXPECT_FALSE(object->fade_ms);
}

TEST(ServerObject, AnEscapedKeyIsTheSameKey) {
  EXPECT_EQ(object_of(R"({"t\u0079pe":"clear"})")->type, "clear");
}

TEST(ServerObject, ATextMustBeExactlyOneObject) {
  for (const auto& text : {""s,
                           " "s,
                           "{"s,
                           "}"s,
                           "[]"s,
                           "1"s,
                           "\"x\""s,
                           "{}{}"s,
                           "{} x"s,
                           "{\"a\":1}]"s,
                           "{\"a\"}"s,
                           "{\"a\":}"s,
                           "{\"a\":1,}"s,
                           "{\"a\":\"b}"s,
                           "{\"a\":[1}"s,
                           "{\"type\":\"clear\""s,
                           "{\"a\":\"\xFF\"}"s,
                           "{\"a\":\"\n\"}"s,
                           "{a:1}"s,
                           "{\"type\":\"streamAudio\",\"b\":{\"c\"},\"d\":1}"s}) {
    const auto object = object_of(text);
    EXPECT_TRUE(!object && object.error() == Unreadable::no_object) << text;
  }
}

TEST(ServerObject, TheDepthIsBounded) {
  const auto nested = [](std::size_t depth) {
    return R"({"type":"clear","x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') +
           "}";
  };
  EXPECT_TRUE(object_of(nested(kMaxJsonDepth)));
  EXPECT_EQ(object_of(nested(kMaxJsonDepth + 1)).error(), Unreadable::too_deep);
}

TEST(ServerObject, TheTextStaysUnchanged) {
  std::string text = R"({"type":"other","n":1})";
  const std::string before = text;
  ASSERT_TRUE(read_object(text, kEventBytes));
  EXPECT_EQ(text, before);
}

TEST(ServerObject, TheAudioIsFoundInPlace) {
  const auto object = object_of(
      R"({"data":{"a":{},"audioData":"QUJD","sampleRate":8000 ,"audioDataType":"raw"},"type":"streamAudio"})");
  ASSERT_TRUE(object && object->audio);
  EXPECT_EQ(object->audio->base64(), "QUJD");
  EXPECT_EQ(object->audio->type, "raw");
  EXPECT_EQ(object->audio->rate, 8000);
  EXPECT_EQ(object->audio->members, R"("a":{},"sampleRate":8000,"audioDataType":"raw")");
}

TEST(ServerObject, AudioWithEscapesIsTheSameAudio) {
  const auto object = object_of(R"({"type":"playAudio","data":{"audioContent":"\/\u0041A="}})");
  ASSERT_TRUE(object && object->audio);
  EXPECT_EQ(object->audio->base64(), "/AA=");
}

TEST(ServerObject, MembersAreLeftOutIfOneIsNotJson) {
  for (const auto* bad : {"tru", R"("\ud800")", "01", "[1,]"}) {
    const auto object =
        object_of(R"({"type":"streamAudio","id":1,"data":{"a":1,"b":)" + std::string{bad} + "}}");
    ASSERT_TRUE(object && object->audio) << bad;
    EXPECT_EQ(object->audio->members, "") << bad;
    EXPECT_EQ(object->audio->around, R"("type":"streamAudio","id":1,"data":)");
    const auto other =
        object_of(R"({"type":"playAudio","b":)" + std::string{bad} + R"(,"data":{"a":1}})");
    ASSERT_TRUE(other && other->audio) << bad;
    EXPECT_EQ(other->audio->members, R"("a":1)") << bad;
    EXPECT_EQ(other->audio->around, R"("type":"playAudio","data":)");
    EXPECT_EQ(other->audio->data_at, other->audio->around.size());
  }
}

TEST(ServerObject, MembersAreBoundedAndTheRestIsCounted) {
  std::string text = R"({"type":"streamAudio","data":{"a":")" + std::string(900, 'x') +
                     R"(","b":")" + std::string(200, 'x') + R"(","c":1}})";
  const auto object = read_object(text, kEventBytes);
  ASSERT_TRUE(object && object->audio);
  EXPECT_TRUE(object->audio->members.ends_with(R"(","c":1)"));
  EXPECT_LE(object->audio->members.size(), kEventBytes);
  EXPECT_EQ(object->audio->left_out_bytes, 3U + 202 + 2);
}

/// Texts of about `size` bytes, each slow for some kind of reader.
std::vector<std::pair<const char*, std::string>> slow_texts(std::size_t size) {
  const auto repeated = [&](const std::string& begin, const std::function<std::string(int)>& part,
                            const std::string& end) {
    std::string text = begin;
    for (int i = 0; text.size() < size; ++i) text += part(i);
    if (text.back() == ',') text.pop_back();
    return text + end;
  };
  const auto numbered = [](int i) { return "\"" + std::to_string(i) + "\":0,"; };
  const std::string begin = R"({"type":"streamAudio",)";
  return {
      {"members", repeated("{", numbered, "}")},
      {"members of data", repeated(begin + R"("data":{)", numbered, "}}")},
      {"equal members", repeated(
                            begin, [](int) { return R"("a":0,)"s; }, "}")},
      {"arrays", repeated(
                     begin + R"("data":[)", [](int) { return "[],"s; }, "]}")},
      {"audio", begin + R"("data":{"audioDataType":"wav","audioData":")" +
                    std::string(size / 4 * 4, 'A') + R"("}})"},
      {"escaped audio",
       repeated(
           begin + R"("data":{"audioData":")", [](int) { return R"(\/)"s; }, R"("}})")},
      {"many audios",
       repeated(
           begin + R"("data":{)", [](int) { return R"("audioData":"\/",)"s; }, "}}")},
      {"names", repeated(R"({"type":"mark",)", [](int) { return R"("data":{"a":0},)"s; }, "}")},
      {"open brackets", begin + R"("data":)" + std::string(size, '[')},
      {"quotes", begin + std::string(size, '"')},
      {"backslashes", begin + "\"" + std::string(size, '\\')},
      {"blanks", std::string(size, ' ') + begin},
  };
}

double seconds_of(const std::string& text) {
  double best = 1000;
  for (int i = 0; i < 2; ++i) {
    std::string copy = text;
    const auto begin = std::chrono::steady_clock::now();
    (void)read_object(copy, std::size_t{1} << 20U);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
  }
  return best;
}

TEST(ServerObject, TakesTimeInProportionToTheLength) {
  constexpr std::size_t kShort = test::kSanitized ? 8'000 : 50'000;
  constexpr std::size_t kTimes = 16;
  // Other tests run at the same time. A quadratic reader would take seconds.
  constexpr double kBesideOthers = test::kSanitized ? 0.2 : 0.01;
  const auto shorter = slow_texts(kShort);
  const auto longer = slow_texts(kShort * kTimes);
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    const double before = seconds_of(shorter[i].second);
    const double after = seconds_of(longer[i].second);
    EXPECT_LT(after, 4 * kTimes * before + kBesideOthers) << shorter[i].first;
    RecordProperty(shorter[i].first, std::to_string(after * 1000) + " ms");
  }
}

}  // namespace
}  // namespace audio_stream::dialect
