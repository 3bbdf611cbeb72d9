#include "control/command.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/redacted.hpp"
#include "control/words.hpp"
#include "holds.hpp"

namespace audio_stream::control {
namespace {

using namespace std::string_literals;

Command parsed(std::string_view line) {
  auto command = parse_command(line);
  EXPECT_TRUE(command) << line << ": " << command.error().reason;
  return std::move(command).value_or(Command{});
}

CommandError error(std::string_view line) {
  auto command = parse_command(line);
  EXPECT_FALSE(command) << line;
  return command ? CommandError{"(no error)", false, {}} : command.error();
}

template <class Action>
Action action(std::string_view line) {
  const Command command = parsed(line);
  const auto* found = std::get_if<Action>(&command.action);
  EXPECT_NE(found, nullptr) << line;
  return found != nullptr ? *found : Action{};
}

StartCommand start(std::string_view line) {
  return action<StartCommand>(line);
}
std::string text(std::string_view line) {
  return action<SendTextCommand>(line).text;
}

using test::holds;

TEST(Command, VerbsAreReadInAnyCase) {
  for (const auto* verb : {"start", "START", "Start", "sTaRt"}) {
    start(verb + " ws://h mono"s);
  }
  for (const auto* verb : {"send_text", "SEND_TEXT", "Send_Text"}) {
    EXPECT_EQ(text(verb + " x"s), "x");
  }
  for (const auto* verb : {"stop", "STOP", "sToP"}) action<StopCommand>(verb);
  for (const auto* verb : {"pause", "PAUSE", "Pause"}) action<PauseCommand>(verb);
  for (const auto* verb : {"resume", "RESUME", "rEsume"}) action<ResumeCommand>(verb);
}

TEST(Command, StartTakesValidParameters) {
  const auto command = parse_command(
      "start playback=on name=bot down-rate=24000 PLAY-TO=both play-mode=replace barge-in=speech "
      "dtmf=on hello=yes drain=5000 end-text={\"eof\":1} -- ws://h mono");
  ASSERT_TRUE(command) << command.error().reason;
  const auto& start = std::get<StartCommand>(command->action);
  EXPECT_EQ(start.settings.size(), 9U);
  EXPECT_EQ(start.settings.back(),
            (std::pair<std::string, std::string>{"STREAM_END_TEXT", R"({"eof":1})"}));
  EXPECT_EQ(start.settings.front(), (std::pair<std::string, std::string>{"STREAM_PLAYBACK", "on"}));
  EXPECT_EQ(error("start playback=loud ws://h mono").reason,
            "invalid playback \"loud\": not true or false");
  EXPECT_TRUE(holds(error("start down-rate=7 ws://h mono").reason, "invalid down-rate \"7\""));
  EXPECT_TRUE(parse_command("start down-rate=24k ws://h mono"));
  EXPECT_FALSE(parse_command("stop playback=on").value().name.empty()) << "a text";
}

TEST(Command, ClearTakesAFade) {
  const auto fade = [](const char* line) {
    return std::get<ClearCommand>(parse_command(line).value().action).fade_ms;
  };
  EXPECT_FALSE(fade("clear"));
  EXPECT_EQ(fade("clear name=bot fade=50"), 50U);
  EXPECT_TRUE(holds(error("clear fade=1001").reason, "from 0 to 1000"));
  EXPECT_TRUE(holds(error("clear now").reason, "one word too many"));
}

TEST(Command, AMaskIsOnOrOffAndMayHaveAKind) {
  EXPECT_TRUE(action<MaskCommand>("mask on").on);
  EXPECT_FALSE(action<MaskCommand>("MASK ON").kind);
  EXPECT_EQ(action<MaskCommand>("mask name=x on Tone").kind, audio::MaskKind::tone);
  EXPECT_EQ(action<MaskCommand>("mask on silence").kind, audio::MaskKind::silence);
  EXPECT_FALSE(action<MaskCommand>("mask off").on);
  EXPECT_TRUE(error("mask").show_usage);
  EXPECT_EQ(error("mask").syntax, "mask [name=<stream>] on|off [silence|tone]");
  EXPECT_TRUE(holds(error("mask maybe").reason, "must be on or off"));
  EXPECT_TRUE(holds(error("mask on loud").reason, "must be silence or tone"));
  EXPECT_TRUE(holds(error("mask off tone").reason, "one word too many"));
}

TEST(Command, AnUnknownVerbIsNamedWithTheKnownOnes) {
  for (const auto* verb : {"strat", "send-text", "star", "starts", "--"}) {
    const auto wrong = error(verb + " ws://h mono"s);
    EXPECT_TRUE(holds(wrong.reason, "unknown verb \""s + verb + "\"")) << wrong.reason;
    EXPECT_TRUE(holds(wrong.reason,
                      "start, send_text, stop, graceful-shutdown, clear, pause, resume or mask"));
    EXPECT_FALSE(wrong.show_usage);
  }
}

TEST(Command, AnEmptyLineIsIncomplete) {
  for (const auto* line : {"", " ", "\t \r\n"}) EXPECT_TRUE(error(line).show_usage);
}

TEST(Command, ATruncatedStartIsIncomplete) {
  for (const auto* line : {"start", "START", "start ", "start name=a", "start --", "start ws://h",
                           "START ws://h ", "start name=a -- ws://h"}) {
    EXPECT_TRUE(error(line).show_usage) << line;
  }
}

TEST(Command, SendTextWithoutATextIsIncomplete) {
  for (const auto* line : {"send_text", "SEND_TEXT  ", "send_text name=a", "send_text --"}) {
    EXPECT_TRUE(error(line).show_usage) << line;
  }
}

TEST(Command, StartHasTheDefaultsOfVersion1) {
  const Command command = parsed("start ws://example.com:81/p?q mono");
  EXPECT_EQ(command.name, "default");
  const auto& begun = std::get<StartCommand>(command.action);
  EXPECT_EQ(begun.url.host, "example.com");
  EXPECT_EQ(begun.url.target, "/p?q");
  EXPECT_EQ(begun.mix, audio::Mix::mono);
  EXPECT_EQ(begun.rate_hz, std::nullopt) << "8000 Hz, unless a dialect has another";
  EXPECT_TRUE(begun.metadata.empty());
}

TEST(Command, MixesAreReadInAnyCase) {
  EXPECT_EQ(start("start ws://h MONO").mix, audio::Mix::mono);
  EXPECT_EQ(start("start ws://h mixed").mix, audio::Mix::mixed);
  EXPECT_EQ(start("start ws://h Stereo").mix, audio::Mix::stereo);
}

TEST(Command, ABadMixIsNamedWithTheValidOnes) {
  for (const auto* mix : {"both", "8k", "mon", "monoo", "{}"}) {
    const auto wrong = error("start ws://h "s + mix + " 8k");
    EXPECT_TRUE(holds(wrong.reason, "\""s + mix + "\"")) << wrong.reason;
    EXPECT_TRUE(holds(wrong.reason, "mono, mixed or stereo"));
    EXPECT_FALSE(wrong.show_usage);
  }
}

TEST(Command, RatesAreReadInEveryForm) {
  for (const auto& [word, rate] :
       {std::pair{"8k", 8000U}, std::pair{"12k", 12000U}, std::pair{"16k", 16000U},
        std::pair{"24k", 24000U}, std::pair{"32k", 32000U}, std::pair{"48k", 48000U},
        std::pair{"8K", 8000U}, std::pair{"48K", 48000U}, std::pair{"8000", 8000U},
        std::pair{"11025", 11025U}, std::pair{"12000", 12000U}, std::pair{"16000", 16000U},
        std::pair{"22050", 22050U}, std::pair{"24000", 24000U}, std::pair{"32000", 32000U},
        std::pair{"44100", 44100U}, std::pair{"48000", 48000U}}) {
    EXPECT_EQ(start("start ws://h mono "s + word).rate_hz, rate) << word;
  }
}

class BadRate : public testing::TestWithParam<const char*> {};

TEST_P(BadRate, IsNamedWithTheValidOnes) {
  const std::string rate = GetParam();
  const auto wrong = error("start ws://h mono " + rate + " {}");
  ASSERT_TRUE(holds(wrong.reason, "invalid sample rate " + base::quoted(rate, 12))) << wrong.reason;
  EXPECT_TRUE(holds(wrong.reason, "8k, 12k, 16k, 24k, 32k or 48k"));
  EXPECT_TRUE(holds(wrong.reason, "11025"));
  EXPECT_FALSE(wrong.show_usage);
}

INSTANTIATE_TEST_SUITE_P(Command, BadRate,
                         testing::Values("0", "0k", "-8000", "+8000", "8", "k", "8kk", "8khz", "9k",
                                         "11k", "22k", "44k", "1k2", "40k", "64k", "96k", "64000",
                                         "96000", "7999", "8001", "8000.0", "8000Hz", "0x1F40",
                                         "abc", "16e3", "4294975296", "99999999999999999999",
                                         "{\"a\":1}"));

// "8000k" is 8 MHz.
INSTANTIATE_TEST_SUITE_P(CommandInThousandsOfKilohertz, BadRate,
                         testing::Values("8000k", "16000k", "24000K", "32000k", "48000k"));

// If the rate is missing, the metadata is in its place.
TEST(Command, OnlyTheBeginningOfMetadataInPlaceOfARateIsShown) {
  const auto wrong = error(R"(start ws://h mono {"password":"s3cret"})");
  EXPECT_TRUE(holds(wrong.reason, "invalid sample rate"));
  EXPECT_FALSE(holds(wrong.reason, "s3cret"));
}

TEST(Command, MetadataIsTheRestOfTheLineByteForByte) {
  for (const auto* metadata :
       {"plain", R"({"a":"x\ny"})", "two  blanks   within", "'single' \"double\" \\back\\slash",
        R"({"a" : [1,  2], 'b': "\t\u0041\\"})", "trailing  ", "name=x --", "tab\tand\nline",
        "Gr\xC3\xBC\xC3\x9F\xF0\x9F\x98\x80", "%s %n $HOME `id`"}) {
    EXPECT_EQ(start("start ws://h mono 8k "s + metadata).metadata, metadata);
    EXPECT_EQ(start("start   ws://h\tmono  8k   "s + metadata).metadata, metadata);
  }
}

TEST(Command, TextsAreTheRestOfTheLineByteForByte) {
  for (const auto* said :
       {"plain", R"({"a":"x\ny"})", "two  blanks   within", "'single' \"double\" \\back\\slash",
        "trailing  ", "x name=y --", "=", "Name", "names=x", "k=v", "name", "- -", "---"}) {
    EXPECT_EQ(text("send_text "s + said), said);
    EXPECT_EQ(action<StopCommand>("stop "s + said).text, said);
  }
}

// As in mod_audio_stream 1.0, into which users wrote them.
TEST(Command, OnePairOfQuotesAroundAWordComesOff) {
  for (const auto* line : {"start 'ws://h/p?a=b' 'stereo' '24k' {\"a\":1}",
                           "'start' \"ws://h/p?a=b\" \"stereo\" "
                           "\"24000\" {\"a\":1}",
                           "start name=default -- 'ws://h/p?a=b' stereo 24K '{\"a\":1}'"}) {
    const StartCommand begun = start(line);
    EXPECT_EQ(begun.url.target, "/p?a=b") << line;
    EXPECT_EQ(begun.mix, audio::Mix::stereo) << line;
    EXPECT_EQ(begun.rate_hz, 24'000U) << line;
    EXPECT_EQ(begun.metadata, R"({"a":1})") << line;
  }
  EXPECT_EQ(start("start 'ws://a/,ws://b/' mono").further_urls.size(), 1U);
  action<PauseCommand>("'pause'");
  for (const auto* line : {"start 'ws://h\" mono", "start 'ws://h mono", "start ''ws://h'' mono",
                           "start ws://h 'mono", "start ws://h mono '8k\""}) {
    EXPECT_FALSE(error(line).show_usage) << line;
  }
}

TEST(Command, OnePairOfQuotesAroundATextComesOff) {
  for (const auto& [written, meant] :
       {std::pair{R"('{"a":1}')", R"({"a":1})"}, std::pair{R"("{"a":1}")", R"({"a":1})"},
        std::pair{R"('{"name":"O'Brien"}' )", R"({"name":"O'Brien"})"},
        std::pair{R"('two  words')", "two  words"}, std::pair{R"('["x"]')", R"(["x"])"}}) {
    EXPECT_EQ(start("start ws://h mono 8k "s + written).metadata, meant);
    EXPECT_EQ(text("send_text "s + written), meant);
    EXPECT_EQ(action<StopCommand>("stop "s + written).text, meant);
  }
  // A JSON string, and quotes that are no pair, are the text's own.
  for (const auto* said : {R"("a JSON string")", "'a' or 'b'", "'", "'open", R"('a")"}) {
    EXPECT_EQ(text("send_text "s + said), said);
  }
  EXPECT_TRUE(error("send_text ''").show_usage);
}

TEST(Command, StopNeedsNoText) {
  EXPECT_TRUE(action<StopCommand>("stop").text.empty());
  EXPECT_TRUE(action<StopCommand>("stop  ").text.empty());
  EXPECT_TRUE(action<StopCommand>("stop name=x --").text.empty());
}

TEST(Command, EveryVerbTakesAName) {
  for (const auto* line :
       {"start name=a-b_c.9 ws://h mono", "send_text name=a-b_c.9 hi", "stop name=a-b_c.9",
        "pause name=a-b_c.9", "resume name=a-b_c.9", "STOP NAME=a-b_c.9 text",
        "pause   name=a-b_c.9  ", "stop name=x name=a-b_c.9", "stop name=a-b_c.9 -- name=x"}) {
    EXPECT_EQ(parsed(line).name, "a-b_c.9") << line;
  }
}

TEST(Command, WithoutANameItIsTheDefaultStream) {
  for (const auto* line :
       {"start ws://h mono", "send_text hi", "stop", "pause", "resume", "stop -- name=x"}) {
    EXPECT_EQ(parsed(line).name, "default") << line;
  }
}

TEST(Command, AfterANameComesTheSyntaxOfVersion1) {
  const StartCommand begun = start("start name=x ws://h stereo 16k {\"a\": 1}");
  EXPECT_EQ(begun.mix, audio::Mix::stereo);
  EXPECT_EQ(begun.rate_hz, 16000U);
  EXPECT_EQ(begun.metadata, "{\"a\": 1}");
  EXPECT_EQ(text("send_text name=x two  blanks "), "two  blanks ");
}

TEST(Command, TwoDashesEndTheOptions) {
  EXPECT_EQ(text("send_text -- name=x"), "name=x");
  EXPECT_EQ(text("send_text -- -- x"), "-- x");
  EXPECT_EQ(text("send_text name=a -- name=b  c"), "name=b  c");
  EXPECT_EQ(action<StopCommand>("stop -- --").text, "--");
  EXPECT_EQ(start("start -- ws://h mono 8k").rate_hz, 8000U);
}

TEST(Command, AnUnknownKeyBelongsToTheSyntaxOfVersion1) {
  EXPECT_EQ(text("send_text key=value name=x"), "key=value name=x");
  EXPECT_EQ(text("send_text username=x"), "username=x");
  EXPECT_EQ(action<StopCommand>("stop a=b").text, "a=b");
  EXPECT_EQ(text("send_text palyback=on"), "palyback=on");
}

TEST(Command, AMisspeltOptionIsNamedWithTheKnownOptions) {
  for (const auto* line : {"start palyback=on ws://h mono", "start name=b palyback=on ws://h mono",
                           "start palyback=ws://u:s3cret@h ws://h mono"}) {
    const auto wrong = error(line);
    EXPECT_EQ(
        wrong.reason,
        "unknown option \"palyback\": must be name=, profile=, dialect=, encoding=, playback=, "
        "down-rate=, down-encoding=, "
        "play-to=, play-mode=, barge-in=, dtmf=, dtmf-consume=, vad=, mask=, keep-rtp=, hello=, "
        "resume=, wait-media=, end-text=, drain=, on-close= or on-failure=");
    EXPECT_FALSE(wrong.show_usage);
  }
  EXPECT_EQ(error("clear fad=5").reason, "unknown option \"fad\": must be name= or fade=");
  EXPECT_EQ(error("pause nmae=x").reason, "unknown option \"nmae\": must be name=");
}

TEST(Command, AUrlWithAnEqualsSignIsNoOption) {
  EXPECT_EQ(start("start ws://h/p?a=b mono").url.target, "/p?a=b");
  EXPECT_TRUE(holds(error("start -- a=b mono").reason, "invalid websocket url"));
}

TEST(Command, AnOptionAfterTheUrlIsRefusedBecauseOptionsComeFirst) {
  for (const auto* line : {"start ws://h playback=on mono", "start ws://h mono playback=on",
                           "start ws://h Playback=on"}) {
    const auto wrong = error(line);
    EXPECT_TRUE(holds(wrong.reason, "follows the URL: options come first")) << wrong.reason;
    EXPECT_FALSE(wrong.show_usage);
  }
  EXPECT_EQ(start("start ws://h mono 8k playback=on").metadata, "playback=on");
}

TEST(Command, AnIncompleteLineGetsTheSyntaxOfItsVerbAlone) {
  EXPECT_TRUE(error("start ws://h").syntax.starts_with("start [name=<stream>] [profile=<name>] "));
  EXPECT_TRUE(error("start ws://h").syntax.ends_with("[<metadata>]"));
  EXPECT_EQ(error("send_text").syntax, "send_text [name=<stream>] [--] <text>");
  EXPECT_TRUE(error("start monoo").syntax.empty());
}

TEST(Command, ABadNameIsNamedWithTheRule) {
  for (const auto& name : {""s, "a/b"s, "a:b"s, "a*"s, "\xC3\xBC"s, "'a'"s, std::string(65, 'x')}) {
    const auto wrong = error("stop name=" + name);
    EXPECT_TRUE(holds(wrong.reason, "invalid stream name")) << name;
    EXPECT_TRUE(holds(wrong.reason, "1 to 64 letters")) << wrong.reason;
    EXPECT_FALSE(wrong.show_usage);
  }
  EXPECT_EQ(parsed("stop name=" + std::string(64, 'x')).name, std::string(64, 'x'));
}

TEST(Command, AStartTakesAProfileBesideItsName) {
  for (const auto* line :
       {"start profile=asr-1 ws://h mono", "start name=x profile=asr-1 ws://h mono",
        "start profile=asr-1 name=x -- ws://h mono",
        "START PROFILE=other Profile=asr-1 ws://h mono"}) {
    EXPECT_EQ(start(line).profile, "asr-1") << line;
  }
  EXPECT_EQ(parsed("start profile=p name=x ws://h mono").name, "x");
  EXPECT_TRUE(start("start ws://h mono").profile.empty());
  for (const auto* name : {"", "a/b", "'a'"}) {
    const auto bad = error("start profile="s + name + " ws://h mono");
    EXPECT_TRUE(holds(bad.reason, "invalid profile name")) << bad.reason;
    EXPECT_TRUE(holds(bad.reason, "1 to 64 letters"));
  }
}

// For the other verbs it is text, as in mod_audio_stream 1.0.
TEST(Command, OnlyAStartTakesAProfile) {
  EXPECT_EQ(text("send_text profile=x"), "profile=x");
  EXPECT_EQ(action<StopCommand>("stop name=a profile=x").text, "profile=x");
}

TEST(Command, PauseAndResumeTakeNoOtherWords) {
  for (const auto* line : {"pause now", "resume name=x now", "pause --  x"}) {
    const auto wrong = error(line);
    EXPECT_TRUE(holds(wrong.reason, "one word too many")) << line;
    EXPECT_FALSE(wrong.show_usage);
  }
}

TEST(Command, NoWordInTheWrongPlaceShowsASecret) {
  for (const auto* line :
       {"wss://user:s3cret@host/x?token=s3cret mono", "pause wss://user:s3cret@host/ mono",
        R"(resume now {"Authorization":"Bearer s3cret"})", R"(clear {"key":"s3cret"})",
        R"({"key":"s3cret"})", "start ws://host:s3cret/ mono",
        R"(start ws://h mono {"k":"s3cret"})", R"(start ws://h {"k":"s3cret"})",
        "start play-to=ws://u:s3cret@h ws://h mono"}) {
    EXPECT_FALSE(holds(error(line).reason, "s3cret")) << error(line).reason;
  }
}

TEST(Command, ABadUrlIsExplainedWithoutItsSecrets) {
  const auto wrong = error("start ws://user:s3cret@h:0/?token=s3cret mono");
  EXPECT_TRUE(holds(wrong.reason, "invalid websocket url"));
  EXPECT_FALSE(holds(wrong.reason, "s3cret"));
  EXPECT_FALSE(wrong.show_usage);
}

TEST(Command, TextThatIsNotUtf8IsRefused) {
  const std::string bad[] = {
      "\xC0\x80",          // overlong
      "\xE0\x80\xAF",      // overlong
      "\xF0\x80\x80\xAF",  // overlong
      "\xED\xA0\x80",      // surrogate
      "\xED\xBF\xBF",      // surrogate
      "\xF4\x90\x80\x80",  // beyond U+10FFFF
      "\xFF",
      "\x80",
      "\xE2\x82",      // truncated
      "\xE2",          // truncated
      "\xF0\x9F\x98",  // truncated
      "caf\xE9",       // Latin-1
  };
  for (const auto& bytes : bad) {
    for (const auto* verb : {"send_text ", "stop ", "stop name=x -- "}) {
      for (const auto* around : {"", "before "}) {
        const auto wrong = error(verb + (around + bytes) + *around);
        EXPECT_TRUE(holds(wrong.reason, "is not valid UTF-8")) << verb << wrong.reason;
        EXPECT_FALSE(wrong.show_usage);
      }
    }
  }
}

// The caller may choose the name, so it may be in ISO 8859-1.
TEST(Command, MetadataThatIsNotUtf8IsConverted) {
  const StartCommand good = start("start ws://h mono 8k {\"name\":\"M\xC3\xBCller\"}");
  EXPECT_FALSE(good.metadata_mended);
  const StartCommand mended = start("start ws://h mono 8k {\"name\":\"M\xFCller\"}");
  EXPECT_EQ(mended.metadata, good.metadata);
  EXPECT_TRUE(mended.metadata_mended);
  EXPECT_EQ(start("start ws://h mono 8k \xED\xA0\x80").metadata, "\xC3\xAD\xC2\xA0\xEF\xBF\xBD");
}

TEST(Command, ATextOfUpToAMebibyteIsTaken) {
  const std::string most(std::size_t{1024} * 1024, 'x');
  EXPECT_EQ(text("send_text " + most), most);
  EXPECT_TRUE(holds(error("send_text " + most + "x").reason, "at most 1048576"));
  EXPECT_TRUE(holds(error("stop " + most + "x").reason, "at most 1048576"));
  EXPECT_TRUE(holds(error("start ws://h mono 8k " + most + "x").reason, "at most 1048576"));
}

TEST(Command, ReasonsAreShortPrintableUtf8WhateverTheWord) {
  for (const auto& word : {std::string(100'000, 'v'), "\x1B[31m"s, "\xFF\xFE"s, "a\x7F"s,
                           "\xC3\xBC"s, std::string(63, 'a') + "\xC3\xBC"}) {
    for (const auto& line : {word, "start ws://h " + word, "start ws://h mono " + word,
                             "pause " + word, "stop name=/" + word}) {
      const std::string reason = error(line).reason;
      EXPECT_LT(reason.size(), 400U);
      for (const char c : reason) {
        EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\xFF');
      }
    }
  }
}

TEST(Command, TakeWordSplitsALineAtItsBlanks) {
  std::string_view line = "  one\ttwo  three four ";
  EXPECT_EQ(take_word(line), "one");
  EXPECT_EQ(line, "two  three four ");
  EXPECT_EQ(take_word(line), "two");
  EXPECT_EQ(line, "three four ");
  EXPECT_EQ(take_word(line), "three");
  EXPECT_EQ(take_word(line), "four");
  EXPECT_TRUE(line.empty());
  EXPECT_TRUE(take_word(line).empty());
}

TEST(Command, AStopMayListenUntilTheServerCloses) {
  const auto drain_of = [](const char* line) {
    const auto command = parse_command(line);
    EXPECT_TRUE(command) << line;
    return std::get<StopCommand>(command->action);
  };
  using Time = std::optional<std::chrono::milliseconds>;
  const auto ms = [](int count) { return Time{std::chrono::milliseconds{count}}; };
  EXPECT_EQ(drain_of("stop bye").drain, Time{});
  EXPECT_FALSE(drain_of("stop bye").graceful);
  EXPECT_EQ(drain_of("stop drain=0 bye").drain, ms(0));
  EXPECT_EQ(drain_of("stop drain=2500 name=x bye").drain, ms(2500));
  EXPECT_EQ(drain_of("stop drain=2500 bye").text, "bye");
  EXPECT_EQ(drain_of("stop -- drain=2500").text, "drain=2500");
  EXPECT_EQ(drain_of("graceful-shutdown {\"eof\":1}").drain, Time{});
  EXPECT_TRUE(drain_of("graceful-shutdown {\"eof\":1}").graceful);
  EXPECT_EQ(drain_of("Graceful-Shutdown drain=100").drain, ms(100));
  for (const auto* bad : {"-1", "60001", "soon", "1.5", ""}) {
    const auto command = parse_command("stop drain=" + std::string{bad});
    ASSERT_FALSE(command) << bad;
    EXPECT_NE(command.error().reason.find("must be a number of milliseconds from 0 to 60000"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace audio_stream::control
