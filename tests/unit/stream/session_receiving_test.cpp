// The server's messages, and the resulting events.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <string>

#include "stream/session_fixture.hpp"

namespace audio_stream::stream {
namespace {

using namespace std::string_literals;
using Receiving = SessionTest;

std::string stream_audio(const std::string& note, const std::string& audio = "YXVkaW8=") {
  return R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":")" +
         audio + R"(","note":")" + note + R"("}})";
}

TEST_F(Receiving, ATextBecomesAJsonEventUnchanged) {
  connect();
  server().receive(R"({"partial" : "gr\u00fc\u00df"})");
  server().receive("no JSON at all");
  EXPECT_EQ(story(), (Story{"connect", "json", "json"}));
  EXPECT_EQ(body(1), R"({"partial" : "gr\u00fc\u00df"})");
  EXPECT_EQ(body(2), "no JSON at all");
  EXPECT_EQ(rig_->counters.messages_received.load(), 2U);
  EXPECT_EQ(log_.count("response: no JSON at all"), 1U);
}

TEST_F(Receiving, SuppressedLogsStillFireEvents) {
  options_.texts.suppress_log = true;
  connect();
  server().receive("quiet");
  EXPECT_EQ(story(), (Story{"connect", "json"}));
  EXPECT_EQ(log_.count("quiet"), 0U);
}

TEST_F(Receiving, ALongTextIsLoggedInPartAndCompleteInItsEvent) {
  connect();
  server().receive(std::string(100'000, 'x'));
  ASSERT_TRUE(run_until_events(2));
  EXPECT_EQ(body(1).size(), 100'000U);
  EXPECT_EQ(log_.count(std::string(1025, 'x')), 0U);
}

TEST_F(Receiving, ANulInATextTruncatesNothing) {
  connect();
  server().receive("before\0after"s);
  EXPECT_EQ(body(1), "before\xEF\xBF\xBD"s + "after");
}

TEST_F(Receiving, ABinaryMessageThatIsTextIsAText) {
  connect();
  server().receive("text", true);
  EXPECT_EQ(story(), (Story{"connect", "json"}));
  EXPECT_EQ(body(1), "text");
}

TEST_F(Receiving, AnyOtherBinaryMessageIsCountedAndLoggedOnce) {
  connect();
  for (int i = 0; i < 10; ++i) server().receive("\x01\x02\0\xFF"s, true);
  EXPECT_EQ(story(), Story{"connect"});
  EXPECT_EQ(rig_->counters.messages_unusable.load(), 10U);
  EXPECT_EQ(log_.count("that is not text", Severity::warning), 1U);
}

TEST_F(Receiving, JsonThatIsNestedTooDeepIsAnsweredWith1009) {
  connect();
  server().receive(R"({"type":"streamAudio","data":)" + std::string(64, '['));
  EXPECT_EQ(server().close_code, 1009);
  EXPECT_EQ(story(), Story{"connect"});
  speak(1);
  settle();  // nothing is sent after the close; the fake checks it
  server().close_answered();
  EXPECT_EQ(story(), (Story{"connect", "disconnect"}));
  EXPECT_EQ(told(1)["code"], 1009);
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  server().serve();
  settle();
  EXPECT_EQ(server().sent.size(), 1U);
}

TEST_F(Receiving, ATextThatIsNotUtf8IsAnsweredWith1007) {
  connect();
  server().receive("euro \xE2\x82");
  EXPECT_EQ(server().close_code, 1007);
  server().close_answered();
  EXPECT_EQ(story(), (Story{"connect", "disconnect"}));
  EXPECT_EQ(told(1)["code"], 1007);
}

TEST_F(Receiving, StreamAudioBecomesAFileAndAPlayEvent) {
  connect();
  server().receive(stream_audio("hello"));
  ASSERT_TRUE(run_until_events(2));
  EXPECT_EQ(story(), (Story{"connect", "play"}));
  const Json played = Json::parse(body(1));
  EXPECT_EQ(played["note"], "hello");
  EXPECT_EQ(played["audioDataType"], "raw");
  EXPECT_EQ(played["sampleRate"], 8000);
  EXPECT_FALSE(played.contains("audioData"));
  const auto file = played["file"].get<std::string>();
  EXPECT_EQ(file.rfind(dir_.path() + "/uuid-1_0_", 0), 0U) << file;
  EXPECT_TRUE(file.ends_with(".tmp.r8")) << file;
  EXPECT_EQ(audio_stream::test::content_of(file), "audio");
}

TEST_F(Receiving, FilesAreDeletedWhenTheCallHangsUp) {
  connect();
  server().receive(stream_audio("1"));
  server().receive(stream_audio("2"));
  ASSERT_TRUE(run_until_events(3));
  EXPECT_EQ(dir_.files(), 2U);
  session_->stop("", EndReason::hangup);
  settle();
  server().close_answered();
  finish_jobs();
  EXPECT_EQ(dir_.files(), 0U);
}

TEST_F(Receiving, FilesRemainAfterAnyOtherEnd) {
  options_.limits.files.keep_for = std::chrono::milliseconds{300};
  connect();
  server().receive(stream_audio("1"));
  ASSERT_TRUE(run_until_events(2));
  server().closed(1000);
  session_.reset();
  finish_jobs();
  EXPECT_EQ(dir_.files(), 1U) << "the application has the event";
  EXPECT_TRUE(run_until([this] {
    finish_jobs();
    return dir_.files() == 0;
  }));
}

TEST_F(Receiving, UnusableAudioIsReportedWithAReason) {
  options_.limits.files.count = 0;
  connect();
  server().receive(stream_audio("1"));
  ASSERT_TRUE(run_until_events(2));
  EXPECT_EQ(Json::parse(body(1))["error"], "max-files is 0: no files are written");
}

TEST_F(Receiving, MessagesAfterStreamAudioKeepTheirOrder) {
  connect();
  for (const auto& message : {"one"s, stream_audio("two"), "three"s, stream_audio("four"),
                              stream_audio("five"), "six"s}) {
    server().receive(message);
  }
  ASSERT_TRUE(run_until_events(7));
  EXPECT_EQ(story(), (Story{"connect", "json", "play", "json", "play", "play", "json"}));
  EXPECT_EQ(body(1), "one");
  EXPECT_EQ(Json::parse(body(2))["note"], "two");
  EXPECT_EQ(body(3), "three");
  EXPECT_EQ(Json::parse(body(4))["note"], "four");
  EXPECT_EQ(Json::parse(body(5))["note"], "five");
  EXPECT_EQ(body(6), "six");
}

TEST_F(Receiving, ALongTextReadByAWorkerKeepsItsOrder) {
  std::promise<void> gate;
  worker_.run([opened = gate.get_future().share()] { opened.wait(); });
  connect();
  const std::string text(65 * 1024, 'x');
  server().receive("one");
  server().receive(std::string{text});
  server().receive(std::string{text}, true);
  server().receive("four");
  settle();
  EXPECT_TRUE(server().paused);
  EXPECT_EQ(story(), (Story{"connect", "json"}));
  gate.set_value();
  ASSERT_TRUE(run_until_events(5));
  EXPECT_EQ(story(), (Story{"connect", "json", "json", "json", "json"}));
  EXPECT_EQ(body(1), "one");
  EXPECT_EQ(body(2), text);
  EXPECT_EQ(body(3), text);
  EXPECT_EQ(body(4), "four");
  EXPECT_FALSE(server().paused);
}

TEST_F(Receiving, ATextTooLongForAnEventIsCutAndMarked) {
  options_.limits.event_bytes = 1024;
  connect();
  server().receive(std::string(1024, 'x'));
  server().receive(std::string(1025, 'x'));
  server().receive(std::string(100'000, 'x'));
  ASSERT_TRUE(run_until_events(4));
  for (const std::size_t event : {1U, 2U, 3U}) EXPECT_EQ(body(event).size(), 1024U);
  EXPECT_EQ(recorder_.events().at(1).full_length, 0U);
  EXPECT_EQ(recorder_.events().at(2).full_length, 1025U);
  EXPECT_EQ(recorder_.events().at(3).full_length, 100'000U);
}

TEST_F(Receiving, AServerWithoutTokensIsReadNoFurther) {
  options_.limits.events_per_second = 10;
  connect();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 30; ++i) server().receive(std::to_string(i));
  EXPECT_GE(recorder_.events().size(), 1U + 25);
  ASSERT_TRUE(run_until_events(1 + 30));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{450})
      << "five more than the tokens of 2.5 s";
  for (int i = 0; i < 30; ++i) EXPECT_EQ(body(static_cast<std::size_t>(i) + 1), std::to_string(i));
  EXPECT_TRUE(run_until([this] { return !server().paused; }));
}

TEST_F(Receiving, UnusableLongAudioCostsTokensToo) {
  options_.playback.enabled = true;
  options_.limits.events_per_second = 10;
  connect();
  const std::string long_and_wrong =
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":24000,"audioData":"*)" +
      std::string(70'000, 'A') + R"("}})";
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 30; ++i) server().receive(long_and_wrong);
  ASSERT_TRUE(run_until_events(1 + 30));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{450})
      << "five more than the tokens of 2.5 s";
}

TEST_F(Receiving, WithoutALimitNoMessageWaits) {
  options_.limits.events_per_second = 0;
  connect();
  for (int i = 0; i < 3000; ++i) server().receive("text");
  EXPECT_EQ(recorder_.events().size(), 3001U);
}

TEST_F(Receiving, NoEventCarriesAudio) {
  connect();
  const std::string audio(100'000, 'A');
  for (const std::string& size : {std::string{"AAAA"}, audio}) {
    for (const char* text :
         {R"({"type":"playAudio","data":{"audioContentType":"mp3","audioContent":")",
          R"({"type":"streamAudio","data":{"audioContentType":"ogg","audioContent":")",
          R"({"type":"playAudio","data":{"audioDataType":"flac","audioData":")"}) {
      server().receive(text + size + R"("}})");
    }
  }
  ASSERT_TRUE(run_until_events(7));
  EXPECT_EQ(story(), (Story{"connect", "play", "play", "json", "play", "play", "json"}));
  for (std::size_t event = 1; event < 7; ++event) {
    EXPECT_EQ(body(event).find("AAAA"), std::string::npos) << body(event);
  }
}

TEST_F(Receiving, TheMembersOfAPlayEventAreBounded) {
  options_.limits.event_bytes = 1024;
  connect();
  server().receive(stream_audio(std::string(2000, 'n')));
  ASSERT_TRUE(run_until_events(2));
  const auto event = recorder_.events().at(1);
  EXPECT_EQ(story(), (Story{"connect", "play"}));
  EXPECT_TRUE(Json::parse(event.body).contains("file"));
  EXPECT_FALSE(Json::parse(event.body).contains("note"));
  EXPECT_GT(event.full_length, 2000U);
}

TEST_F(Receiving, NothingIsReadWhileAudioIsBeingStored) {
  std::promise<void> gate;
  worker_.run([opened = gate.get_future().share()] { opened.wait(); });
  connect();
  server().receive(stream_audio("first"));
  server().receive("second");
  settle();
  EXPECT_TRUE(server().paused);
  EXPECT_EQ(story(), Story{"connect"});
  gate.set_value();
  ASSERT_TRUE(run_until_events(3));
  EXPECT_EQ(story(), (Story{"connect", "play", "json"}));
}

TEST_F(Receiving, AHangingDiskDelaysNoDecoding) {
  std::promise<void> gate;
  workers_.disk.run(AudioFiles::kLane, [opened = gate.get_future().share()] { opened.wait(); });
  connect();
  server().receive(stream_audio("first"));
  ASSERT_TRUE(workers_.decode.idle_by(std::chrono::steady_clock::now() + std::chrono::seconds{20}));
  settle();
  EXPECT_EQ(story(), Story{"connect"});
  gate.set_value();
  ASSERT_TRUE(run_until_events(2));
  EXPECT_EQ(story(), (Story{"connect", "play"}));
}

TEST_F(Receiving, FilesStayIfTooManyDiskJobsWait) {
  std::promise<void> gate;
  std::promise<void> begun;
  connect();
  server().receive(stream_audio("first"));
  ASSERT_TRUE(run_until_events(2));
  workers_.disk.run(AudioFiles::kLane, [&begun, opened = gate.get_future().share()] {
    begun.set_value();
    opened.wait();
  });
  begun.get_future().wait();
  while (workers_.disk.run(AudioFiles::kLane, [] {})) {
  }
  session_->stop("", EndReason::hangup);
  settle();
  server().close_answered();
  expect_ended();
  EXPECT_EQ(log_.count("the audio files stay", Severity::error), 1U);
  gate.set_value();
  finish_jobs();
  EXPECT_EQ(dir_.files(), 1U);
}

TEST_F(Receiving, BrokenStreamAudioBecomesAJsonEventWithoutTheAudio) {
  connect();
  server().receive(stream_audio("hello", "no base64!"));
  ASSERT_TRUE(run_until_events(2));
  EXPECT_EQ(story(), (Story{"connect", "json"}));
  EXPECT_EQ(
      body(1),
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"note":"hello"},)"
      R"("error":"its audioData is not base64"})");
  EXPECT_EQ(log_.count("not base64", Severity::error), 1U);
  EXPECT_EQ(dir_.files(), 0U);
  server().receive("goes on");
  EXPECT_EQ(body(2), "goes on");
}

TEST_F(Receiving, AudioThatCannotBeStoredBecomesAJsonEventWithoutTheAudio) {
  connect();
  std::filesystem::remove(dir_.path());
  server().receive(stream_audio("hello"));
  ASSERT_TRUE(run_until_events(2));
  EXPECT_EQ(story(), (Story{"connect", "json"}));
  EXPECT_EQ(body(1).find("YXVkaW8="), std::string::npos) << body(1);
  EXPECT_NE(body(1).find("hello"), std::string::npos);
  EXPECT_EQ(log_.count("can't create", Severity::error), 1U);
}

TEST_F(Receiving, AudioStoredAfterTheEndIsRemovedWithoutAnEvent) {
  std::promise<void> gate;
  worker_.run([opened = gate.get_future().share()] { opened.wait(); });
  connect();
  server().receive(stream_audio("late"));
  session_->stop("");
  settle();
  server().close_answered();
  expect_ended();
  gate.set_value();
  finish_jobs();
  EXPECT_EQ(story(), (Story{"connect", "disconnect!"}));
  EXPECT_EQ(dir_.files(), 0U);
}

TEST_F(Receiving, AudioStoredAfterTheSessionIsGoneDoesNoHarm) {
  std::promise<void> gate;
  worker_.run([opened = gate.get_future().share()] { opened.wait(); });
  connect();
  server().receive(stream_audio("late"));
  session_.reset();
  gate.set_value();
  finish_jobs();
  EXPECT_EQ(story(), Story{"connect"});
  EXPECT_EQ(dir_.files(), 0U);
}

// The first file is still being written when the next connection brings another one. Later messages
// of that connection must wait for its own file.
TEST_F(Receiving, StreamAudioKeepsItsOrderAcrossAReconnection) {
  std::promise<void> first_gate;
  std::promise<void> second_gate;
  worker_.run([opened = first_gate.get_future().share()] { opened.wait(); });
  connect();
  server().receive(stream_audio("first"));
  worker_.run([opened = second_gate.get_future().share()] { opened.wait(); });
  server().closed(1001);
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  server().serve();
  server().receive(stream_audio("second"));
  server().receive("third");
  first_gate.set_value();
  ASSERT_TRUE(run_until_events(4));  // connect, disconnect, connect, play
  settle();
  second_gate.set_value();
  ASSERT_TRUE(run_until_events(6));
  EXPECT_EQ(story(), (Story{"connect", "disconnect", "connect", "play", "play", "json"}));
}

}  // namespace
}  // namespace audio_stream::stream
