#include "dialect/rules/rule_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

namespace audio_stream::dialect::rules {
namespace {

/// A dialect with that rule, or what is wrong with it.
tl::expected<RuleSet, std::string> set_with(std::string_view rule) {
  auto read = read_dialects("<dialect name=\"d\">" + std::string{rule} + "</dialect>", "f.xml");
  if (!read.faults.empty()) return tl::unexpected(read.faults.at(0));
  return std::move(read.sets.at(0));
}
std::string fault_of(std::string_view rule) {
  const auto set = set_with(rule);
  return set ? "(right)" : set.error();
}

TEST(RuleReader, ReadsEveryKindOfRule) {
  const auto set = set_with(R"(
    <header>Authorization: Token ${file:key}</header>
    <send on="open">{"a":"${voice}",
       "b":1}</send>
    <send on="idle" every="5000">{"type":"KeepAlive"}</send>
    <send on="end" linger="3000" until="type=done">done</send>
    <send on="end" as="empty-text"/>
    <ready match="type=ok" timeout="5000"/>
    <up as="text" codec="pcmu" chunk="20">{"audio":"${audio}"}</up>
    <down match="type=audio" path="delta" codec="@format" rate="24000" item="id" drop="same"><played>{"heard":"${item}"}</played></down>
    <down as="binary" codec="l16" rate="16000"/>
    <on match="type=mark" do="mark" name="mark.name" played="playout">{"mark":"${name}"}</on>
    <on match="type=stop" do="clear" marks="drop" cut="id"><each-item>{"item":"${item}"}</each-item>{"ok":1}</on>
    <on match="type=say" do="transcript" who="@role" text="text" final="@kind=final"/>
    <on match="type=ping">{"pong":${json:id}}</on>
    <on match="type=note" do="ignore"/>)");
  ASSERT_TRUE(set) << set.error();
  EXPECT_EQ(set->name, "d");
  ASSERT_EQ(set->headers.size(), 1U);
  ASSERT_EQ(set->send.size(), 4U);
  EXPECT_TRUE(set->send[3].is_empty);
  EXPECT_EQ(set->send[1].every_ms, 5000U);
  EXPECT_EQ(set->send[2].linger_ms, 3000U);
  EXPECT_TRUE(set->send[2].until);
  EXPECT_EQ(set->send[0].text.bind({}, [](auto) { return "v"; })->text({}), R"({"a":"v","b":1})");
  EXPECT_EQ(set->ready->timeout_ms, 5000U);
  EXPECT_EQ(set->up->codec, audio::codec::Encoding::pcmu);
  EXPECT_EQ(set->up->rate_hz, 8000U);
  EXPECT_EQ(set->up->chunk_ms, 20U);
  ASSERT_EQ(set->down.size(), 2U);
  EXPECT_TRUE(set->down[0].codec.path);
  EXPECT_EQ(set->down[0].late, LateAudio::same);
  EXPECT_FALSE(set->down[0].played.empty());
  EXPECT_EQ(set->down[1].as, Form::binary);
  ASSERT_EQ(set->on.size(), 5U);
  EXPECT_EQ(std::get<DoMark>(set->on[0].action).played, "playout");
  EXPECT_EQ(std::get<DoMark>(set->on[0].action).name.path->written(), "mark.name");
  EXPECT_FALSE(std::get<DoClear>(set->on[1].action).return_marks);
  EXPECT_FALSE(std::get<DoClear>(set->on[1].action).each_item.empty());
  EXPECT_FALSE(set->on[1].reply.empty());
  EXPECT_EQ(std::get<DoTranscript>(set->on[2].action).final.compared, "final");
  EXPECT_TRUE(std::holds_alternative<DoNothing>(set->on[4].action));
}

TEST(RuleReader, RatesMayBeInKilohertz) {
  const auto set = set_with(R"(<up rate="24k"/><down as="binary" rate="16K"/>)");
  ASSERT_TRUE(set) << set.error();
  EXPECT_EQ(set->up->rate_hz, 24'000U);
  EXPECT_EQ(set->down[0].rate.constant, "16000");
  EXPECT_TRUE(fault_of("<down rate=\"3k\"/>")
                  .ends_with("has rate='3k': must be from 4000 to 192000, or as 24k"));
}

TEST(RuleReader, ReadsSeveralDialects) {
  const auto read = read_dialects(
      R"(<dialects><!-- two --><dialect name="a"/><dialect name="b" base="a" url="wss://x/"
         remote-close="hangup" json-in="both" text-only="true"/></dialects>)",
      "f.xml");
  EXPECT_TRUE(read.faults.empty());
  ASSERT_EQ(read.sets.size(), 2U);
  EXPECT_EQ(read.sets[1].base, "a");
  EXPECT_EQ(read.sets[1].remote_close, RemoteClose::hangs_up);
  EXPECT_EQ(read.sets[1].json_in, RuleSet::JsonIn::both);
  EXPECT_EQ(read.sets[0].source, R"(<dialect name="a"/>)");
}

TEST(RuleReader, AFaultyDialectLeavesTheOthers) {
  const auto read = read_dialects(
      R"(<dialects><dialect name="a"><x/></dialect><dialect name="b"/><y/></dialects>)", "f.xml");
  ASSERT_EQ(read.sets.size(), 1U);
  EXPECT_EQ(read.sets[0].name, "b");
  ASSERT_EQ(read.faults.size(), 2U);
  EXPECT_EQ(read.faults[1], "f.xml: there is a <y> in <dialects>; must be <dialect>");
}

TEST(RuleReader, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(
      fault_of("<send on=\"open\">a</send><sned/>"),
      "f.xml: dialect 'd': rule 2, <sned>, is unknown; there are send, ready, up, down and on");
  EXPECT_EQ(fault_of("<send/>"), "f.xml: dialect 'd': rule 1, <send>, lacks its attribute 'on'");
  EXPECT_EQ(fault_of("<send on=\"start\"/>"),
            "f.xml: dialect 'd': rule 1, <send>, has on='start'; there are open, ready, dtmf, "
            "speech-started, speech-stopped, "
            "drained, drained-once, xoff, xon, cleared, idle, timer and end");
  EXPECT_EQ(fault_of("<send on=\"idle\"/>"),
            "f.xml: dialect 'd': rule 1, <send>, lacks its attribute 'every' (ms)");
  EXPECT_EQ(
      fault_of("<send on=\"open\" linger=\"5\"/>"),
      "f.xml: dialect 'd': rule 1, <send>, has 'linger' or 'until', which only on=\"end\" has");
  EXPECT_EQ(
      fault_of("<up rate=\"7000\"/>"),
      "f.xml: dialect 'd': rule 1, <up>, has rate='7000': must be from 8000 to 48000, or as 24k");
  EXPECT_EQ(fault_of("<up as=\"text\">{}</up>"),
            "f.xml: dialect 'd': rule 1, <up>, lacks ${audio} in its text");
  EXPECT_EQ(fault_of("<up colour=\"red\"/>"),
            "f.xml: dialect 'd': rule 1, <up>, has an unknown attribute 'colour'; there are as, "
            "codec, rate and chunk");
  EXPECT_EQ(
      fault_of("<down match=\"a=b\"/>"),
      "f.xml: dialect 'd': rule 1, <down>, lacks 'match' or 'path'; audio in texts needs both");
  EXPECT_EQ(fault_of("<on match=\"a..b\"/>"),
            "f.xml: dialect 'd': rule 1, <on>, is wrong: the path 'a..b' has an empty step");
  EXPECT_EQ(fault_of("<on match=\"a\">${vioce</on>"),
            "f.xml: dialect 'd': rule 1, <on>, is wrong: '${vioce' lacks its '}'");
  EXPECT_EQ(fault_of("<on match=\"a\" do=\"dance\"/>"),
            "f.xml: dialect 'd': rule 1, <on>, has do='dance'; there are ignore, clear, mark, "
            "forget-marks, pause, resume, arm, hangup, close, format, set, transcript, fail and "
            "reply");
  EXPECT_EQ(read_dialects("<dialect>", "f.xml").faults.at(0),
            "f.xml, line 1: Start-end tags mismatch");
  EXPECT_EQ(read_dialects("<dialect/>", "f.xml").faults.at(0),
            "f.xml: a dialect lacks its attribute 'name'");
  EXPECT_EQ(read_dialects("<x/>", "f.xml").faults.at(0),
            "f.xml: it begins with <x>; must be <dialect> or <dialects>");
}

TEST(RuleSet, TakesTheRulesOfAnotherThatItDoesNotReplace) {
  const auto base =
      set_with(R"(<send on="open">a</send><send on="open">b</send><send on="end">c</send>
    <up codec="l16" rate="24000"/><down as="binary"/>
    <on match="type=clear" do="clear"/><on match="type=ping">pong</on>)");
  const auto own = set_with(R"(<send on="open">d</send><on match="type=clear" do="ignore"/>
    <down as="binary" codec="pcmu"/>)");
  ASSERT_TRUE(base);
  ASSERT_TRUE(own);
  const RuleSet set = based_on(*base, *own);
  ASSERT_EQ(set.send.size(), 2U);
  EXPECT_EQ(set.send[0].on, SendRule::On::end);
  EXPECT_EQ(set.up->rate_hz, 24000U);
  ASSERT_EQ(set.down.size(), 1U);
  EXPECT_EQ(set.down[0].codec.constant, "pcmu");
  ASSERT_EQ(set.on.size(), 2U);
  EXPECT_EQ(set.on[0].written_match, "type=ping");
  EXPECT_TRUE(std::holds_alternative<DoNothing>(set.on[1].action));
}

}  // namespace
}  // namespace audio_stream::dialect::rules
