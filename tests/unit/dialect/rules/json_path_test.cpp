#include "dialect/rules/json_path.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include <simdjson.h>

namespace audio_stream::dialect::rules {
namespace {

constexpr std::string_view kMessage = R"({"type":"x","n":7,"f":1.50,"yes":true,"nothing":null,
  "media":{"payload":"AAAA","a.b":1},"parts":[{"text":"one"},{"text":"two","final":true}],
  "tokens":[{"t":"a","is_final":true},{"t":"b","is_final":false},{"t":"c","is_final":true}],
  "index":[0,1],"0":"named"})";

std::string found(std::string_view path, std::string_view message = kMessage) {
  simdjson::dom::parser parser;
  const simdjson::dom::element element = parser.parse(simdjson::padded_string{message});
  const auto compiled = JsonPath::compile(path);
  if (!compiled) return "(" + compiled.error() + ")";
  if (!compiled->exists(element)) return "(none)";
  return compiled->text(element);
}

TEST(JsonPath, LeadsThroughMembersAndArrays) {
  EXPECT_EQ(found("type"), "x");
  EXPECT_EQ(found("n"), "7");
  EXPECT_EQ(found("yes"), "true");
  EXPECT_EQ(found("nothing"), "");
  EXPECT_EQ(found("media.payload"), "AAAA");
  EXPECT_EQ(found("parts.0.text"), "one");
  EXPECT_EQ(found("parts.1.final"), "true");
  EXPECT_EQ(found("0"), "named");
}

TEST(JsonPath, JoinsTheTextsOfSeveralValues) {
  EXPECT_EQ(found("parts.*.text"), "onetwo");
  EXPECT_EQ(found("tokens[is_final=true].t"), "ac");
  EXPECT_EQ(found("tokens[is_final=false].t"), "b");
}

TEST(JsonPath, WhereThereIsNoValueItFindsNone) {
  for (const char* path : {"absent", "type.x", "media.payload.0", "parts.7.text", "parts.text",
                           "tokens[t=z].t", "media[a=1]", "n.*", "index.0.x"}) {
    EXPECT_EQ(found(path), "(none)") << path;
  }
}

TEST(JsonPath, AnObjectIsShownAsJson) {
  EXPECT_EQ(found("parts.0"), R"({"text":"one"})");
}

TEST(JsonPath, SaysWhatIsWrong) {
  EXPECT_EQ(found(""), "(the path '' has an empty step)");
  EXPECT_EQ(found("a..b"), "(the path 'a..b' has an empty step)");
  EXPECT_EQ(found("a."), "(the path 'a.' has an empty step)");
  EXPECT_EQ(found("a[b=c"), "(the path 'a[b=c' lacks a ']')");
  EXPECT_EQ(found("a[b]"), "(the path 'a[b]' has no member=value between '[' and ']')");
  EXPECT_EQ(found("a[b=c]d"), "(the path 'a[b=c]d' has something between ']' and the next '.')");
  std::string deep = "a";
  for (int i = 0; i < 16; ++i) deep += ".a";
  EXPECT_EQ(found(deep), "(the path '" + deep + "' has more than 16 steps)");
}

}  // namespace
}  // namespace audio_stream::dialect::rules
