// A stream that speaks by rules: the built-in dialects, as their servers meet them.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audio/codec/g711.hpp"
#include "base/base64.hpp"
#include "control/dialect_choice.hpp"
#include "dialect/rules/catalog.hpp"
#include "stream/playback_answers.hpp"
#include "stream/session_playing_fixture.hpp"

namespace audio_stream::stream {
namespace {

namespace rules = dialect::rules;

class SessionDialect : public SessionPlaying {
 protected:
  SessionDialect() {
    options_.playback.enabled = false;
    options_.timeouts.linger = std::chrono::seconds{5};  // ends wait for messages, not for time
  }

  /// Chooses a dialect. `variables`: of the channel.
  void choose(const std::string& name, const std::map<std::string, std::string>& variables = {},
              const rules::Catalog& catalog = rules::Catalog::built_in()) {
    options_.dialect.name = name;
    options_.endpoint.url = transport::parse_url("ws://server/").value();
    options_.endpoint.headers = {
        {"Authorization", "x"}, {"xi-api-key", "x"}, {"api-key", "x"}, {"X-API-Key", "x"}};
    const auto chosen = control::choose_dialect(
        catalog, std::nullopt,
        [&](const char* variable) -> std::optional<std::string> {
          const auto found = variables.find(variable);
          if (found == variables.end()) return std::nullopt;
          return found->second;
        },
        options_);
    ASSERT_TRUE(chosen) << chosen.error();
  }
  void choose_own(const std::string& xml) {
    rules::Catalog catalog;
    ASSERT_EQ(catalog.add(xml, "f.xml"), std::vector<std::string>{});
    choose("own", {}, catalog);
  }

  using SessionTest::told;
  /// The texts to the server since the last call, as JSON or as they are.
  std::vector<Json> told() {
    settle();
    std::vector<Json> all;
    const auto& sent = server().sent;
    for (; seen_ < sent.size(); ++seen_) {
      if (sent[seen_].binary) continue;
      Json json = Json::parse(sent[seen_].bytes, nullptr, false);
      all.push_back(json.is_discarded() ? Json(sent[seen_].bytes) : json);
    }
    return all;
  }
  /// The call hears audio until the server has been sent `count` messages.
  bool hear_until_told(std::size_t count) {
    return run_until([&] {
      hear(20);
      return server().sent.size() >= count;
    });
  }
  void receive(const Json& message) {
    server().receive(message.dump());
    settle();
  }
  void reconnect() {
    server().closed(1006, false);
    ASSERT_TRUE(run_until_sockets(sockets_.size() + 1));
    seen_ = 0;
    server().accept();
    server().serve();
    settle();
  }
  /// 20 ms packets of the value, in mu-law and base64.
  static std::string mu_law(int ms, std::int16_t value) {
    const std::string bytes(static_cast<std::size_t>(ms) * 8,
                            static_cast<char>(audio::codec::to_mu_law(value)));
    return base::encode_base64(bytes);
  }
  std::vector<Json> transcripts() {
    std::vector<Json> all;
    for (const auto& event : recorder_.events()) {
      if (event.kind == EventKind::transcript) all.push_back(Json::parse(event.body));
    }
    return all;
  }

 private:
  std::size_t seen_ = 0;
};

// ---- twilio -----------------------------------------------------------------------------------

TEST_F(SessionDialect, TwilioBeginsWithConnectedAndStart) {
  choose("twilio", {{"caller_id_number", "+1555"}, {"destination_number", "100"}});
  connect();
  const auto all = told();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], (Json{{"event", "connected"}, {"protocol", "Call"}, {"version", "1.0.0"}}));
  EXPECT_EQ(all[1]["event"], "start");
  EXPECT_EQ(all[1]["sequenceNumber"], "1");
  EXPECT_EQ(all[1]["streamSid"].get<std::string>().size(), 34U);
  EXPECT_EQ(all[1]["start"]["streamSid"], all[1]["streamSid"]);
  EXPECT_EQ(all[1]["start"]["mediaFormat"],
            (Json{{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}}));
  EXPECT_EQ(all[1]["start"]["customParameters"],
            (Json{{"from_number", "+1555"}, {"to_number", "100"}}));
}

TEST_F(SessionDialect, TwiliosParametersAreTheUsers) {
  options_.dialect.parameters = R"({"tier":"gold"})";
  choose("twilio");
  connect();
  EXPECT_EQ(told()[1]["start"]["customParameters"], (Json{{"tier", "gold"}}));
}

TEST_F(SessionDialect, TwiliosAudioIsMuLawWithASampleClock) {
  choose("twilio");
  connect();
  static_cast<void>(told());
  speak(3);
  const auto all = told();
  ASSERT_EQ(all.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    const Json& message = all[static_cast<std::size_t>(i)];
    EXPECT_EQ(message["event"], "media");
    EXPECT_EQ(message["sequenceNumber"], std::to_string(i + 2));
    EXPECT_EQ(message["media"]["chunk"], std::to_string(i + 1));
    EXPECT_EQ(message["media"]["timestamp"], std::to_string(20 * i));
    EXPECT_EQ(message["media"]["payload"], mu_law(20, static_cast<std::int16_t>(i + 1)));
  }
}

TEST_F(SessionDialect, TwiliosMarkComesBackWhenTheAudioBeforeItWasHeard) {
  choose("twilio");
  connect();
  static_cast<void>(told());
  receive({{"event", "media"}, {"media", {{"payload", mu_law(40, 1000)}}}});
  receive({{"event", "mark"}, {"mark", {{"name", "a\"1"}}}});
  hear(20);
  EXPECT_TRUE(told().empty());
  hear(20);
  const auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["event"], "mark");
  EXPECT_EQ(all[0]["mark"]["name"], "a\"1");
  EXPECT_EQ(all[0]["sequenceNumber"], "2");
}

TEST_F(SessionDialect, TwiliosClearReturnsTheMarksOfWhatItDiscards) {
  choose("twilio");
  connect();
  static_cast<void>(told());
  receive({{"event", "media"}, {"media", {{"payload", mu_law(1000, 1000)}}}});
  for (const char* name : {"a", "b"}) receive({{"event", "mark"}, {"mark", {{"name", name}}}});
  hear(20);
  receive({{"event", "clear"}});
  hear(40);
  const auto all = told();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["mark"]["name"], "a");
  EXPECT_EQ(all[1]["mark"]["name"], "b");
  EXPECT_EQ(hear(20), Samples(160, 0));
}

TEST_F(SessionDialect, TwilioHearsOfDigitsAndTheEnd) {
  choose("twilio");
  connect();
  static_cast<void>(told());
  session_->press({'7', 100});
  auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["dtmf"], (Json{{"track", "inbound_track"}, {"digit", "7"}}));
  session_->stop("");
  all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["event"], "stop");
  EXPECT_EQ(server().close_code, 1000);
}

TEST_F(SessionDialect, EachConnectionIsANewConversation) {
  choose("twilio");
  connect();
  receive({{"event", "media"}, {"media", {{"payload", mu_law(40, 1000)}}}});
  receive({{"event", "mark"}, {"mark", {{"name", "old"}}}});
  speak(2);
  settle();
  reconnect();
  auto all = told();
  ASSERT_GE(all.size(), 2U);
  EXPECT_EQ(all[0]["event"], "connected");
  EXPECT_EQ(all[1]["sequenceNumber"], "1");
  hear(40);
  speak(1);
  all = told();
  for (const Json& message : all) EXPECT_NE(message["event"], "mark") << message;
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back()["event"], "media");
}

TEST_F(SessionDialect, WhenTwiliosBotClosesTheCallEndsOnceItHasHeardEverything) {
  choose("twilio");
  connect();
  receive({{"event", "media"}, {"media", {{"payload", mu_law(40, 1000)}}}});
  server().closed(1000);
  settle();
  EXPECT_TRUE(end_actions_.empty());
  hear(60);
  EXPECT_EQ(session_->state(), State::ended);
  EXPECT_TRUE(hangs_up_at_end());
}

TEST_F(SessionDialect, TheUsersOnCloseWinsOverTheDialects) {
  options_.end_actions.on_close = control::EndAction{};
  choose("twilio");
  connect();
  server().closed(1000);
  settle();
  EXPECT_EQ(session_->state(), State::ended);
  EXPECT_TRUE(end_actions_.empty());
}

TEST_F(SessionDialect, AFailureIsNoCloseOfTheDialect) {
  options_.reconnect.enabled = false;
  choose("twilio");
  connect();
  server().closed(1011);
  settle();
  EXPECT_EQ(session_->state(), State::ended);
  EXPECT_TRUE(end_actions_.empty());
}

TEST_F(SessionDialect, AConnectionThatWasClosedAfterAFailureIsAFailure) {
  options_.end_actions.on_failure = control::EndAction{.kind = control::EndAction::Kind::hang_up};
  choose_own(
      R"(<dialect name="own" remote-close="hangup"><on match="type=error" do="fail"/></dialect>)");
  connect();
  receive({{"type", "error"}, {"reason", "no credit"}});
  server().closed(1000);
  settle();
  EXPECT_EQ(story().back(), "error!");
  EXPECT_TRUE(hangs_up_at_end());
}

TEST_F(SessionDialect, AStopDoesNotEndTheCall) {
  choose("twilio");
  connect();
  session_->stop("");
  settle();
  server().closed(1000);
  settle();
  EXPECT_EQ(session_->state(), State::ended);
  EXPECT_TRUE(end_actions_.empty());
}

TEST_F(SessionDialect, TwilioTakesNoBinaryMessages) {
  choose("twilio");
  connect();
  server().receive(std::string(320, 'x'), true);
  EXPECT_EQ(hear(20), Samples(160, 0));
  EXPECT_EQ(rig_->counters.messages_unusable.load(), 1U);
}

// ---- openai -----------------------------------------------------------------------------------

TEST_F(SessionDialect, AudioWaitsForOpenAisSession) {
  options_.dialect.instructions = "Be \"kind\"";
  options_.dialect.greeting = "true";
  choose("openai");
  connect();
  speak(3);
  auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["type"], "session.update");
  EXPECT_EQ(all[0]["session"]["instructions"], "Be \"kind\"");
  EXPECT_EQ(all[0]["session"]["audio"]["output"]["voice"], "marin");
  receive({{"type", "session.created"}});
  EXPECT_TRUE(told().empty());
  receive({{"type", "session.updated"}});
  all = told();
  ASSERT_GE(all.size(), 2U);
  EXPECT_EQ(all[0], (Json{{"type", "response.create"}}));
  EXPECT_EQ(all[1]["type"], "input_audio_buffer.append");
  EXPECT_EQ(all[1]["audio"], mu_law(20, 1));
  ASSERT_TRUE(run_until([&] { return server().sent.size() >= 5; }));
  for (Json& message : told()) all.push_back(std::move(message));
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all.back()["audio"], mu_law(20, 3)) << "nothing of the first words is lost";
}

TEST_F(SessionDialect, AServerThatIsNotReadyInTimeIsAsLost) {
  choose_own(R"(<dialect name="own"><ready match="type=ok" timeout="100"/></dialect>)");
  connect();
  ASSERT_TRUE(run_until_events(2));
  EXPECT_EQ(story(), (Story{"connect", "disconnect"}));
  EXPECT_EQ(told(1)["reason"], "Abnormal closure: the server was not ready within 100 ms");
  ASSERT_TRUE(run_until_sockets(2));
}

TEST_F(SessionDialect, BargeInTruncatesEachQueuedItemWithWhatWasHeardOfIt) {
  choose("openai");
  connect();
  receive({{"type", "session.updated"}});
  static_cast<void>(told());
  const auto delta = [&](const char* item, int ms) {
    receive(
        {{"type", "response.output_audio.delta"}, {"item_id", item}, {"delta", mu_law(ms, 1000)}});
  };
  delta("heard", 40);
  delta("cut", 100);
  delta("cut", 100);
  delta("queued", 500);
  hear(100);
  receive({{"type", "input_audio_buffer.speech_started"}});
  hear(40);
  const auto all = told();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["type"], "conversation.item.truncate");
  EXPECT_EQ(all[0]["item_id"], "cut");
  EXPECT_EQ(all[0]["content_index"], 0);
  EXPECT_EQ(all[0]["audio_end_ms"], 65) << "60 ms and the fade of 5 ms";
  EXPECT_EQ(all[1]["item_id"], "queued");
  EXPECT_EQ(all[1]["audio_end_ms"], 0);
}

TEST_F(SessionDialect, LateAudioOfACutItemIsDiscarded) {
  choose("openai");
  connect();
  receive({{"type", "session.updated"}});
  const auto delta = [&](const char* item, std::int16_t value) {
    receive(
        {{"type", "response.output_audio.delta"}, {"item_id", item}, {"delta", mu_law(20, value)}});
  };
  delta("old", 1000);
  receive({{"type", "input_audio_buffer.speech_started"}});
  hear(40);
  delta("old", 1000);
  delta("new", 2000);
  const Samples heard = hear(20);
  EXPECT_GT(heard[80], 1900);
  EXPECT_EQ(hear(20), Samples(160, 0));
}

TEST_F(SessionDialect, ABargeInOfThisSideTruncatesToo) {
  options_.playback.barge_in = control::BargeIn::dtmf;
  choose("openai");
  connect();
  receive({{"type", "session.updated"}});
  static_cast<void>(told());
  receive({{"type", "response.output_audio.delta"}, {"item_id", "i"}, {"delta", mu_law(500, 99)}});
  hear(20);
  session_->press({'1', 100});
  hear(40);
  const auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["item_id"], "i");
}

TEST_F(SessionDialect, BothSidesWordsAreEvents) {
  choose("openai");
  connect();
  receive({{"type", "conversation.item.input_audio_transcription.completed"},
           {"transcript", "Hi there"}});
  receive({{"type", "response.output_audio_transcript.done"}, {"transcript", "Hello"}});
  const auto all = transcripts();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], (Json{{"who", "caller"}, {"text", "Hi there"}, {"final", true}}));
  EXPECT_EQ(all[1], (Json{{"who", "agent"}, {"text", "Hello"}, {"final", true}}));
  EXPECT_EQ(story(), (Story{"connect", "json", "transcript", "json", "transcript"}));
}

TEST_F(SessionDialect, TheVendorsTextsAreNoEventsIfTheUserWantsNone) {
  options_.dialect.json_events = false;
  choose("openai");
  connect();
  receive({{"type", "response.output_audio_transcript.done"}, {"transcript", "Hello"}});
  receive({{"type", "rate_limits.updated"}});
  EXPECT_EQ(story(), (Story{"connect", "transcript"}));
}

TEST_F(SessionDialect, AnErrorOfTheVendorIsAnEvent) {
  choose("openai");
  connect();
  receive({{"type", "error"}, {"error", {{"message", "no such voice"}}}});
  EXPECT_EQ(story(), (Story{"connect", "json", "error"}));
  EXPECT_NE(body(2).find("no such voice"), std::string::npos) << body(2);
  EXPECT_EQ(server_ends_, 0);
}

TEST_F(SessionDialect, TheKeyIsInNoErrorThatTheVendorReports) {
  options_.endpoint.bearer_file = dir_.write("key", "sk-secret-1234\n");
  choose("soniox");
  connect();
  receive({{"error_code", 401}, {"error_message", "no such key: sk-secret-1234"}});
  ASSERT_EQ(server_ends_, 1);
  session_->stop("", EndReason::server);
  settle();
  receive({{"finished", true}});
  server().close_answered();
  const std::string final = recorder_.events().back().body;
  EXPECT_EQ(story().back(), "error!");
  EXPECT_EQ(final.find("sk-secret-1234"), std::string::npos) << final;
  EXPECT_NE(final.find("no such key: (not shown)"), std::string::npos) << final;
}

// ---- recognisers ------------------------------------------------------------------------------

TEST_F(SessionDialect, DeepgramGetsPlainL16AndEndsWithItsLastWords) {
  choose("deepgram");
  connect();
  speak(1);
  settle();
  ASSERT_EQ(server().sent.size(), 1U);
  EXPECT_TRUE(server().sent[0].binary);
  EXPECT_EQ(server().sent[0].bytes.size(), 640U) << "20 ms at 16 kHz";
  receive({{"type", "Results"},
           {"start", 1.5},
           {"is_final", true},
           {"channel", {{"alternatives", {{{"transcript", "hello"}, {"confidence", 0.75}}}}}}});
  ASSERT_EQ(transcripts().size(), 1U);
  EXPECT_EQ(transcripts()[0], (Json{{"who", "caller"},
                                    {"text", "hello"},
                                    {"final", true},
                                    {"start_ms", 1500},
                                    {"confidence", 0.75}}));
  session_->stop("", EndReason::hangup);
  settle();
  ASSERT_TRUE(run_until([&] { return server().sent.size() >= 2; }));
  EXPECT_EQ(server().sent[1].bytes, R"({"type":"CloseStream"})");
  EXPECT_EQ(server().close_code, 0) << "the last results are waited for";
  receive({{"type", "Results"},
           {"is_final", true},
           {"channel", {{"alternatives", {{{"transcript", "bye"}}}}}}});
  EXPECT_EQ(transcripts().size(), 2U);
  receive({{"type", "Metadata"}});
  EXPECT_EQ(server().close_code, 1000);
}

TEST_F(SessionDialect, TheLastResultsAreNotWaitedForForever) {
  choose_own(
      R"(<dialect name="own"><send on="end" linger="100" until="type=bye">end</send></dialect>)");
  connect();
  session_->stop("");
  ASSERT_TRUE(run_until([&] { return server().close_code == 1000; }));
}

TEST_F(SessionDialect, TheConfiguredTextComesBeforeTheDialectsEndAndTheDrainAfterIt) {
  options_.last_words = {"last", std::chrono::hours{1}};
  choose_own(R"(<dialect name="own"><send on="end">end</send></dialect>)");
  connect();
  session_->stop("");
  settle();
  EXPECT_EQ(server().sent, (std::vector<Message>{{false, "last"}, {false, "end"}}));
  EXPECT_EQ(server().close_code, 0) << "it listens";
}

TEST_F(SessionDialect, AnEmptyResultIsNoTranscript) {
  choose("deepgram");
  connect();
  receive({{"type", "Results"},
           {"is_final", false},
           {"channel", {{"alternatives", {{{"transcript", ""}}}}}}});
  EXPECT_TRUE(transcripts().empty());
}

TEST_F(SessionDialect, AKeepAliveGoesOutWhileNoAudioDoes) {
  choose_own(R"(<dialect name="own"><send on="idle" every="200">alive</send></dialect>)");
  connect();
  const auto alive = [&] {
    int count = 0;
    for (const auto& message : server().sent) count += message.bytes == "alive" ? 1 : 0;
    return count;
  };
  const auto check_for = [&](std::chrono::milliseconds time, bool speaking) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      if (speaking) speak(1);
      session_->check();
      settle();
    }
  };
  check_for(std::chrono::milliseconds{150}, true);
  EXPECT_EQ(alive(), 0);
  const bool came = run_until([&] {
    session_->check();
    return alive() > 0;
  });
  EXPECT_TRUE(came);
}

TEST_F(SessionDialect, SonioxEndsWithAnEmptyText) {
  options_.endpoint.bearer_file = dir_.write("key", "secret-key\n");
  choose("soniox");
  connect();
  EXPECT_EQ(told()[0]["api_key"], "secret-key");
  session_->stop("");
  settle();
  ASSERT_EQ(server().sent.size(), 2U);
  EXPECT_EQ(server().sent[1], (Message{false, ""}));
  receive({{"tokens", Json::array()}, {"finished", true}});
  EXPECT_EQ(server().close_code, 1000);
}

TEST_F(SessionDialect, SpeechmaticsEndTellsTheNumberOfItsAudioMessages) {
  choose("speechmatics");
  connect();
  receive({{"message", "RecognitionStarted"}});
  speak(2);
  session_->stop("");
  settle();
  ASSERT_TRUE(run_until([&] { return server().sent.size() == 4; }));
  EXPECT_EQ(told().back(), (Json{{"message", "EndOfStream"}, {"last_seq_no", 2}}));
}

// ---- others -----------------------------------------------------------------------------------

TEST_F(SessionDialect, GeminisJsonComesInBinaryMessages) {
  choose("gemini");
  connect();
  EXPECT_TRUE(told()[0].contains("setup"));
  server().receive(R"({"setupComplete":{}})", true);
  settle();
  speak(1);
  const auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["realtimeInput"]["audio"]["mimeType"], "audio/pcm;rate=16000");
  const std::string pcm(480 * 2, '\1');  // 20 ms at 24 kHz
  server().receive(
      Json{{"serverContent",
            {{"modelTurn", {{"parts", {{{"inlineData", {{"data", base::encode_base64(pcm)}}}}}}}},
             {"outputTranscription", {{"text", "hi"}}}}}}
          .dump(),
      true);
  settle();
  ASSERT_TRUE(run_until([&] { return to_caller_->playout.written() >= 150; }));
  EXPECT_EQ(transcripts().size(), 1U);
}

TEST_F(SessionDialect, AfterGeminisCloseTheStreamComesBackWithItsHandle) {
  choose("gemini");
  connect();
  EXPECT_TRUE(told()[0]["setup"]["sessionResumption"]["handle"].is_null());
  receive({{"sessionResumptionUpdate", {{"newHandle", "h1"}}}});
  server().closed(1000);
  ASSERT_TRUE(run_until_sockets(2));
  server().accept();
  server().serve();
  settle();
  const Json setup = Json::parse(server().sent.at(0).bytes);
  EXPECT_EQ(setup["setup"]["sessionResumption"]["handle"], "h1");
}

TEST_F(SessionDialect, ElevenLabsAnnouncesItsFormats) {
  options_.dialect.agent = "a1";
  choose("elevenlabs");
  connect();
  receive(
      {{"type", "conversation_initiation_metadata"},
       {"conversation_initiation_metadata_event",
        {{"agent_output_audio_format", "ulaw_8000"}, {"user_input_audio_format", "ulaw_8000"}}}});
  static_cast<void>(told());
  speak(1);
  auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(base::decode_base64(all[0]["user_audio_chunk"].get<std::string>())->size(), 320U)
      << "40 ms in mu-law at 8 kHz";
  receive(
      {{"type", "audio"}, {"audio_event", {{"audio_base_64", mu_law(20, 500)}, {"event_id", 3}}}});
  EXPECT_GT(hear(20)[80], 400);
  receive({{"type", "interruption"}, {"interruption_event", {{"event_id", 3}}}});
  receive(
      {{"type", "audio"}, {"audio_event", {{"audio_base_64", mu_law(20, 500)}, {"event_id", 2}}}});
  hear(20);
  EXPECT_EQ(hear(20), Samples(160, 0)) << "late audio of an older event";
  receive(
      {{"type", "audio"}, {"audio_event", {{"audio_base_64", mu_law(20, 500)}, {"event_id", 4}}}});
  EXPECT_GT(hear(20)[80], 400);
  static_cast<void>(told());
  receive({{"type", "ping"}, {"ping_event", {{"event_id", 17}}}});
  all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], (Json{{"type", "pong"}, {"event_id", 17}}));
}

TEST_F(SessionDialect, VonageAnswersANotifyWithItsPayload) {
  choose("vonage");
  connect();
  static_cast<void>(told());
  server().receive(audio(20), true);  // 10 ms at 16 kHz
  receive({{"action", "notify"}, {"payload", {{"a", {1, 2}}}}});
  ASSERT_TRUE(hear_until_told(2));
  auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], (Json{{"event", "websocket:notify"}, {"payload", {{"a", {1, 2}}}}}));
  receive({{"action", "clear"}});
  hear(20);
  all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["event"], "websocket:cleared");
}

TEST_F(SessionDialect, AsteriskTellsItsQueue) {
  choose("asterisk");
  connect();
  static_cast<void>(told());
  receive({{"command", "GET_STATUS"}});
  auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["queue_length"], 0);
  EXPECT_EQ(all[0]["bulk_media"], false);
  receive({{"command", "REPORT_QUEUE_DRAINED"}});
  EXPECT_EQ(told().at(0)["event"], "QUEUE_DRAINED") << "it is empty already";
  server().receive(audio(200), true);  // 100 ms at 16 kHz
  receive({{"command", "START_MEDIA_BUFFERING"}});
  receive({{"command", "REPORT_QUEUE_DRAINED"}});
  receive({{"command", "GET_STATUS"}});
  all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["queue_length"], 5);
  EXPECT_EQ(all[0]["bulk_media"], true);
  ASSERT_TRUE(hear_until_told(server().sent.size() + 1));
  EXPECT_EQ(told().at(0)["event"], "QUEUE_DRAINED");
  receive({{"command", "HANGUP"}});
  EXPECT_EQ(hang_ups_, 1);
}

TEST_F(SessionDialect, AsterisksPlainWords) {
  choose("asterisk-text");
  connect();
  static_cast<void>(told());
  server().receive("MARK_MEDIA one two");
  hear(20);
  const auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], "MEDIA_MARK_PROCESSED one two");
}

TEST_F(SessionDialect, JambonzHearsWhenAPieceWasPlayed) {
  choose("jambonz");
  connect();
  static_cast<void>(told());
  const auto play = [&](const char* id, bool queue, std::int16_t value) {
    receive({{"type", "playAudio"},
             {"data",
              {{"audioContent", mu_law(40, value)},
               {"audioContentType", "mulaw"},
               {"sampleRate", 8000},
               {"id", id},
               {"queuePlay", queue}}}});
  };
  play("p1", true, 500);
  hear(40);
  auto all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], (Json{{"type", "playDone"}, {"data", {{"id", "p1"}}}}));
  EXPECT_EQ(playback_events(), (Story{R"({"status":"drained","message":{"position_ms":40}})"}));
  play("p2", true, 500);
  play("p3", false, 2000);
  hear(20);
  EXPECT_GT(hear(20)[80], 1500) << "p3 replaces p2";
}

TEST_F(SessionDialect, AUsersOwnDialect) {
  choose_own(R"(<dialect name="own">
    <send on="open">{"hello":"${uuid}"}</send>
    <ready match="type=welcome"/>
    <up as="text" codec="pcma" chunk="20">{"n":${seq},"data":"${audio}"}</up>
    <down match="type=speech" path="data" codec="l16" rate="8000"><ack>{"got":${in-frames}}</ack></down>
    <on match="type=bye" do="close"/>
    <send on="end">{"bye":${frames}}</send>
  </dialect>)");
  connect();
  EXPECT_EQ(told().at(0), (Json{{"hello", "uuid-1"}}));
  receive({{"type", "welcome"}});
  speak(1);
  EXPECT_EQ(told().at(0)["n"], 1);
  receive({{"type", "speech"}, {"data", base::encode_base64(audio(20, 77))}});
  EXPECT_EQ(told().at(0), (Json{{"got", 1}}));
  EXPECT_EQ(hear(20), Samples(160, 77));
  receive({{"type", "bye"}});
  EXPECT_EQ(server_ends_, 1);
}

TEST_F(SessionDialect, BrokenBase64IsReportedAndChangesNothing) {
  choose("twilio");
  connect();
  receive({{"event", "media"}, {"media", {{"payload", "?"}}}});
  ASSERT_EQ(playback_events().size(), 1U);
  EXPECT_NE(playback_events()[0].find("not base64"), std::string::npos);
  receive({{"event", "media"}, {"media", {{"payload", mu_law(20, 1000)}}}});
  EXPECT_GT(hear(20)[80], 900);
}

TEST_F(SessionDialect, AudioOfALongMessageIsReadByAWorker) {
  choose("twilio");
  connect();
  static_cast<void>(told());
  receive({{"event", "media"}, {"media", {{"payload", mu_law(20'000, 1000)}}}});
  receive({{"event", "mark"}, {"mark", {{"name", "m"}}}});
  finish_jobs();
  settle();
  EXPECT_TRUE(told().empty());
  hear(20'000);
  ASSERT_TRUE(hear_until_told(server().sent.size() + (told().empty() ? 1 : 0)));
}

TEST_F(SessionDialect, AnswersForAServerThatReadsNothingAreCountedWithOneWarning) {
  options_.limits.events_per_second = 0;
  const std::string answer(std::size_t{64} * 1024, 'x');  // 64 of them have room
  choose_own(R"(<dialect name="own"><ready match="type=ok"/>
    <send on="ready">a</send><send on="ready">b</send>
    <on match="type=ping">)" +
             answer + "</on></dialect>");
  begin();
  server().accept();
  settle();
  for (int i = 0; i < 70; ++i) receive({{"type", "ping"}});
  EXPECT_EQ(rig_->counters.notes_dropped.load(), 6U);
  receive({{"type", "ok"}});
  EXPECT_EQ(rig_->counters.notes_dropped.load(), 8U) << "both of the batch";
  EXPECT_EQ(log_.count("the server reads nothing", Severity::warning), 1U);
}

// The call is on hold, and the server speaks and clears.
TEST_F(SessionDialect, ClearsThatJoinAccountForABoundedNumberOfItems) {
  options_.limits.events_per_second = 0;
  choose_own(R"(<dialect name="own"><down match="type=say" path="data" rate="8000" item="id"/>
    <on match="type=clear" do="clear"><each-item>{"cut":"${item}"}</each-item></on></dialect>)");
  connect();
  int item = 0;
  const auto say = [&](std::size_t pieces) {
    for (std::size_t i = 0; i < pieces; ++i) {
      receive({{"type", "say"}, {"id", std::to_string(++item)}, {"data", "AAA="}});
    }
    receive({{"type", "clear"}});
  };
  for (std::size_t i = 0; i < PlaybackAnswers::kMaxClears; ++i) say(1);
  say(3000);
  say(3000);
  say(3000);
  ASSERT_TRUE(run_until([&] {
    hear(20);
    return playback_events().size() >= PlaybackAnswers::kMaxClears;
  }));
  const std::size_t cut = told().size();
  EXPECT_LE(cut, PlaybackAnswers::kMaxClears + PlaybackAnswers::kMaxCutItems);
  EXPECT_GE(cut, PlaybackAnswers::kMaxCutItems) << "but as many as have room";
}

}  // namespace
}  // namespace audio_stream::stream
