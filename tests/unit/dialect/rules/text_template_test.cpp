#include "dialect/rules/text_template.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace audio_stream::dialect::rules {
namespace {

const std::vector<std::string> kCaptured{"handle"};

std::optional<std::string> setting(std::string_view name) {
  static const std::map<std::string, std::string, std::less<>> settings{
      {"voice", "marin"}, {"instructions", "Say \"hi\"\n"}, {"parameters", R"({"a":1})"},
      {"empty", ""},      {"file:key", "secret"},           {"latin", "gr\xFC"}};
  const auto found = settings.find(name);
  if (found == settings.end()) return std::nullopt;
  return found->second;
}

std::string expanded(std::string_view text, const LiveValues& values = {}) {
  const auto compiled = TextTemplate::compile(text);
  if (!compiled) return "(" + compiled.error() + ")";
  const auto bound = compiled->bind(kCaptured, setting);
  if (!bound) return "(lacks " + bound.error() + ")";
  return bound->text(values);
}

TEST(TextTemplate, WhatIsNoPlaceholderStays) {
  EXPECT_EQ(expanded(R"({"a":"$","b":{"c":[]}} } { $x)"), R"({"a":"$","b":{"c":[]}} } { $x)");
  EXPECT_EQ(expanded(""), "");
}

TEST(TextTemplate, PutsSettingsIn) {
  EXPECT_EQ(expanded(R"({"voice":"${voice}"})"), R"({"voice":"marin"})");
  EXPECT_EQ(expanded(R"("${instructions}")"), R"("Say \"hi\"\n")");
  EXPECT_EQ(expanded("${q:instructions}"), R"("Say \"hi\"\n")");
  EXPECT_EQ(expanded("${q:absent}"), "null");
  EXPECT_EQ(expanded("${raw:parameters}"), R"({"a":1})");
  EXPECT_EQ(expanded("Bearer ${file:key}"), "Bearer secret");
  EXPECT_EQ(expanded("${latin}"), "gr\xEF\xBF\xBD");
}

TEST(TextTemplate, HasDefaults) {
  EXPECT_EQ(expanded("${absent:-alloy}"), "alloy");
  EXPECT_EQ(expanded("${voice:-alloy}"), "marin");
  EXPECT_EQ(expanded("${empty:-alloy}"), "");
  EXPECT_EQ(expanded("${absent:-}"), "");
  EXPECT_EQ(expanded("${raw:absent:-{\"a\":{}}}"), R"({"a":{}})");
}

TEST(TextTemplate, LacksASettingThatHasNoDefault) {
  EXPECT_EQ(expanded("${absent}"), "(lacks absent)");
  EXPECT_EQ(expanded("${raw:absent}"), "(lacks absent)");
  EXPECT_EQ(expanded("${file:absent}"), "(lacks file:absent)");
}

TEST(TextTemplate, HasSections) {
  EXPECT_EQ(expanded(R"({"a":1${when:voice},"v":"${voice}"${end}})"), R"({"a":1,"v":"marin"})");
  EXPECT_EQ(expanded(R"({"a":1${when:absent},"v":"${absent}"${end}})"), R"({"a":1})");
  EXPECT_EQ(expanded("${when:empty}x${end}${unless:empty}y${end}"), "y");
  EXPECT_EQ(expanded("${when:voice}a${when:absent}b${end}c${end}d"), "acd");
}

TEST(TextTemplate, ASectionMayDependOnTheValue) {
  EXPECT_EQ(expanded("${when:voice=marin}x${end}${when:voice=ash}y${end}"), "x");
  EXPECT_EQ(expanded("${unless:voice=marin}x${end}${unless:absent=ash}y${end}"), "y");
}

TEST(TextTemplate, PutsLiveValuesIn) {
  const std::array audio{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  LiveValues values;
  values.audio = audio;
  values.seq = 18446744073709551615U;
  values.chunk = 2;
  values.ms = 40;
  values.digit = '#';
  values.duration_ms = 100;
  values.name = "a\"b";
  values.outcome = "playout";
  values.paused = true;
  values.queued_ms = 41;
  EXPECT_EQ(expanded("${audio} ${seq} ${chunk} ${ms}", values),
            "AQIDBA== 18446744073709551615 2 40");
  EXPECT_EQ(expanded(R"("${digit}" ${duration-8k} "${name}" ${q:name} ${raw:name})", values),
            R"("#" 800 "a\"b" "a\"b" a"b)");
  EXPECT_EQ(expanded("${outcome} ${paused} ${full} ${queued-frames}", values),
            "playout true false 3");
}

TEST(TextTemplate, PutsCapturedValuesIn) {
  std::vector<std::optional<std::string>> captured{std::nullopt};
  LiveValues values;
  values.captured = captured;
  EXPECT_EQ(expanded("${q:handle} '${handle}' ${handle:-none}", values), "null '' none");
  captured[0] = "h\"1";
  values.captured = captured;
  EXPECT_EQ(expanded("${q:handle} ${handle:-none}", values), R"("h\"1" h\"1)");
}

TEST(TextTemplate, PutsPartsOfTheMessageIn) {
  simdjson::dom::parser parser;
  const simdjson::dom::element message =
      parser.parse(std::string_view{R"({"payload":{"a":[1,"x"]},"id":7})"});
  const auto shown = [](std::string_view text, const ServerMessage& of) {
    const auto bound = TextTemplate::compile(text)->bind(kCaptured, setting);
    std::vector<std::string> parts;
    bound->collect(of, parts);
    LiveValues values;
    values.of_message = parts;
    return bound->text(values);
  };
  EXPECT_EQ(shown(R"({"id":${json:id},"p":${json:payload},"n":${json:absent}})",
                  {"ignored words", &message}),
            R"({"id":7,"p":{"a":[1,"x"]},"n":null})");
  EXPECT_EQ(shown(R"("${rest}" ${json:id})", {"MARK one \"two\"", nullptr}),
            R"("one \"two\"" null)");
}

TEST(TextTemplate, SaysWhatIsWrong) {
  EXPECT_EQ(expanded("a ${voice"), "('${voice' lacks its '}')");
  EXPECT_EQ(expanded("${}"), "('${}' names nothing)");
  EXPECT_EQ(expanded("${up:voice}"),
            "('${up:voice}' begins with 'up:'; there are q:, raw:, json:, file:, when: and "
            "unless:)");
  EXPECT_EQ(expanded("${json:a..b}"), "(the path 'a..b' has an empty step)");
  EXPECT_EQ(expanded("${end}"), "(there is an ${end} without a ${when:...} before it)");
  EXPECT_EQ(expanded("${when:voice}x"), "(a ${when:...} lacks its ${end})");
  EXPECT_EQ(expanded("${seq:-1}"), "('${seq:-1}' has a default, and 'seq' always has a value)");
}

TEST(TextTemplate, NamesItsSettings) {
  const auto compiled = TextTemplate::compile(
      "${seq} ${handle} ${voice} ${model:-x} ${q:who} ${file:key} "
      "${when:greeting}${greeting}${end} ${json:a}");
  ASSERT_TRUE(compiled);
  std::string names;
  compiled->for_each_setting(kCaptured, [&](std::string_view name, bool needed) {
    names.append(name).append(needed ? "! " : " ");
  });
  EXPECT_EQ(names, "voice! model who file:key! greeting greeting! ");
}

TEST(TextTemplate, KnowsWhichLiveValuesItUses) {
  const auto bound = TextTemplate::compile("${seq}${voice}")->bind({}, setting);
  ASSERT_TRUE(bound);
  EXPECT_TRUE(bound->uses(Live::seq));
  EXPECT_FALSE(bound->uses(Live::ms));
}

}  // namespace
}  // namespace audio_stream::dialect::rules
