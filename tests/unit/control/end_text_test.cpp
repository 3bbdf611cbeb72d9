#include "control/end_text.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace audio_stream::control {
namespace {

std::string filled(const std::string& text) {
  const std::map<std::string, std::string> values{{"who", R"(O"Neil ${cause})"},
                                                  {"cause", "NORMAL_CLEARING"},
                                                  {"latin", "M\xFCller"},
                                                  {"STREAM_PROXY", "http://u:s3cret@h"}};
  return with_values(text, [&](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  });
}

TEST(EndText, HasTheValuesOfItsVariables) {
  EXPECT_EQ(filled("end: ${cause}, ${cause}"), "end: NORMAL_CLEARING, NORMAL_CLEARING");
  EXPECT_EQ(filled("${unset}|"), "|");
  EXPECT_EQ(filled(R"({"eof":1})"), R"({"eof":1})");
  EXPECT_EQ(filled(""), "");
}

TEST(EndText, AValueIsNotExpandedAgain) {
  EXPECT_EQ(filled("${who}"), R"(O"Neil ${cause})");
}

TEST(EndText, AValueIsEscapedInJson) {
  EXPECT_EQ(filled(R"( {"who":"${who}"})"), R"( {"who":"O\"Neil ${cause}"})");
  EXPECT_EQ(filled(R"(["${who}"])"), R"(["O\"Neil ${cause}"])");
}

TEST(EndText, IsUtf8WhateverAValueHolds) {
  EXPECT_EQ(filled("${latin}"), "M\xC3\xBCller");
  EXPECT_EQ(filled(R"({"n":"${latin}"})").find('\xFC'), std::string::npos);
  EXPECT_EQ(filled("caf\xE9"), "caf\xC3\xA9");
}

TEST(EndText, ShowsNoSecretVariable) {
  EXPECT_EQ(filled("[${STREAM_PROXY}${stream_proxy}]"), "[]");
}

TEST(EndText, WithoutABraceStaysAsItIs) {
  for (const auto* text : {"${", "${cause", "a $b", "$", "}{"}) EXPECT_EQ(filled(text), text);
  EXPECT_EQ(filled("${cause} ${cause"), "NORMAL_CLEARING ${cause");
  EXPECT_TRUE(names_variables("a ${b}"));
  EXPECT_FALSE(names_variables(R"({"a":"$b"})"));
}

}  // namespace
}  // namespace audio_stream::control
