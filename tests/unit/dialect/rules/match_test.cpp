#include "dialect/rules/match.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include <simdjson.h>

namespace audio_stream::dialect::rules {
namespace {

bool holds(std::string_view match, std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const bool is_json =
      parser.parse(simdjson::padded_string{text}).get(element) == simdjson::SUCCESS;
  const auto compiled = Match::compile(match);
  EXPECT_TRUE(compiled) << match;
  return compiled && compiled->holds({text, is_json ? &element : nullptr});
}

std::string wrong(std::string_view match) {
  const auto compiled = Match::compile(match);
  return compiled ? "" : compiled.error();
}

TEST(Match, AllConditionsMustHold) {
  constexpr std::string_view kMark = R"({"event":"mark","mark":{"name":"a"},"n":1,"final":true})";
  EXPECT_TRUE(holds("event=mark", kMark));
  EXPECT_TRUE(holds("event=mark mark.name", kMark));
  EXPECT_TRUE(holds("n=1 final=true", kMark));
  EXPECT_TRUE(holds("event!=clear absent!=x", kMark));
  EXPECT_FALSE(holds("event=mark absent", kMark));
  EXPECT_FALSE(holds("event=clear", kMark));
  EXPECT_FALSE(holds("event!=mark", kMark));
}

TEST(Match, AFilterMayBePartOfAPath) {
  EXPECT_TRUE(holds("t[a=b].c=d", R"({"t":[{"a":"b","c":"d"}]})"));
  EXPECT_FALSE(holds("t[a=b].c=d", R"({"t":[{"a":"x","c":"d"}]})"));
  EXPECT_TRUE(holds("t[a=b].c!=d", R"({"t":[{"a":"b","c":"e"}]})"));
}

TEST(Match, LooksAtWordsToo) {
  EXPECT_TRUE(holds("#=HANGUP", "HANGUP"));
  EXPECT_TRUE(holds("#=HANGUP", " HANGUP\n"));
  EXPECT_FALSE(holds("#=HANGUP", "HANGUP now"));
  EXPECT_TRUE(holds("#^=MARK_MEDIA", "MARK_MEDIA one two"));
  EXPECT_TRUE(holds("#^=MARK_MEDIA", "MARK_MEDIA"));
  EXPECT_FALSE(holds("#^=MARK_MEDIA", "MARK_MEDIAS"));
  EXPECT_EQ(behind_first_word(" MARK_MEDIA  one two "), "one two");
  EXPECT_EQ(behind_first_word("MARK_MEDIA"), "");
}

TEST(Match, AConditionOnJsonDoesNotHoldOfWords) {
  EXPECT_FALSE(holds("event", "event"));
  EXPECT_FALSE(holds("event!=x", "event"));
}

TEST(Match, SaysWhatIsWrong) {
  EXPECT_EQ(wrong(" "), "the match is empty; it needs a condition like type=clear");
  EXPECT_EQ(wrong("#="), "the condition '#=' names no word");
  EXPECT_EQ(wrong("a..b=c"), "the path 'a..b' has an empty step");
  EXPECT_EQ(wrong("=c"), "the path '' has an empty step");
}

}  // namespace
}  // namespace audio_stream::dialect::rules
