// The server's audio on its way to the call.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "audio/tone.hpp"
#include "base/base64.hpp"
#include "stream/session_playing_fixture.hpp"

namespace audio_stream::stream {
namespace {

TEST_F(SessionPlaying, ABinaryMessageIsPlayedAndItsEndReported) {
  connect();
  say(audio(40, 7));
  EXPECT_EQ(hear(40), Samples(320, 7));
  EXPECT_EQ(told_server(), (Story{R"({"type":"drained","position_ms":40})"}));
  EXPECT_EQ(playback_events(), (Story{R"({"status":"drained","message":{"position_ms":40}})"}));
}

TEST_F(SessionPlaying, AnOddByteIsKeptForTheNextMessage) {
  connect();
  const std::string all = bytes({1, 2, 3, 4, -5, 6});
  say(all.substr(0, 1));
  say(all.substr(1, 4));
  say("");
  say(all.substr(5));
  const Samples heard = hear(20);
  EXPECT_EQ(Samples(heard.begin(), heard.begin() + 6), (Samples{1, 2, 3, 4, -5, 6}));
}

class HalfASample;

/// An event that ends an utterance, with a half sample left over.
struct UtterancesEnd {
  const char* name;
  std::function<void(HalfASample&)> happens;
};

class HalfASample : public SessionPlaying, public testing::WithParamInterface<UtterancesEnd> {
 public:
  using SessionPlaying::hear;
  using SessionPlaying::options_;
  using SessionPlaying::say;
  using SessionPlaying::session_;

  void receive(const std::string& text) { server().receive(text); }
  void receive_text_with(const std::string& audio) {
    receive(
        R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":")" +
        base::encode_base64(audio) + R"("}})");
    finish_jobs();
  }
  void be_quiet_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    run_until([end] { return std::chrono::steady_clock::now() >= end; });
  }
  void reconnect() {
    server().closed(1006, false);
    ASSERT_TRUE(run_until_sockets(2));
    server().accept();
    server().serve();
  }
};

TEST_P(HalfASample, EndsWithItsUtterance) {
  options_.playback.barge_in = control::BargeIn::dtmf;
  connect();
  say(audio(20, 1000) + "x");
  hear(20);
  GetParam().happens(*this);
  hear(100);
  say(audio(20, 2000));
  Samples heard = hear(400);  // may include the prebuffer's silence
  std::erase(heard, 0);
  EXPECT_EQ(heard, Samples(160, 2000)) << "each sample is misaligned";
}

INSTANTIATE_TEST_SUITE_P(
    By, HalfASample,
    testing::Values(
        UtterancesEnd{"Clear", [](HalfASample& test) { test.receive(R"({"type":"clear"})"); }},
        UtterancesEnd{"ClearWithAFade",
                      [](HalfASample& test) { test.receive(R"({"type":"clear","fade_ms":20})"); }},
        UtterancesEnd{"KillAudio",
                      [](HalfASample& test) { test.receive(R"({"type":"killAudio"})"); }},
        UtterancesEnd{"Action", [](HalfASample& test) { test.receive(R"({"action":"clear"})"); }},
        UtterancesEnd{"TheCommand", [](HalfASample& test) { test.session_->clear(std::nullopt); }},
        UtterancesEnd{"ADigit",
                      [](HalfASample& test) {
                        test.say(std::string(320, '\1'));
                        test.session_->press({'5', 100});
                      }},
        UtterancesEnd{"TheCallersSpeech",
                      [](HalfASample& test) {
                        test.say(std::string(320, '\1'));
                        test.options_.playback.barge_in = control::BargeIn::speech;
                        test.session_->speech_began();
                      }},
        UtterancesEnd{"Mark",
                      [](HalfASample& test) { test.receive(R"({"type":"mark","name":"a"})"); }},
        UtterancesEnd{"AudioInAText",
                      [](HalfASample& test) { test.receive_text_with(std::string(320, '\1')); }},
        UtterancesEnd{"MuchAudioInAText",
                      [](HalfASample& test) {
                        test.receive_text_with(std::string(320'000, '\1'));
                        test.hear(21'000);
                      }},
        UtterancesEnd{"Silence",
                      [](HalfASample& test) { test.be_quiet_for(std::chrono::milliseconds{520}); }},
        UtterancesEnd{"ANewConnection", [](HalfASample& test) { test.reconnect(); }}),
    [](const auto& parameter) { return std::string{parameter.param.name}; });

TEST_F(SessionPlaying, PartsOfAMessageArePlayedAsTheyArrive) {
  connect();
  const std::string all = audio(40, 1000);
  server().receive_part(all.substr(0, 321), false);
  EXPECT_EQ(hear(20), Samples(160, 1000));
  server().receive_part(all.substr(321), false);
  server().receive_part("", true);
  Samples heard = hear(400);
  std::erase(heard, 0);
  EXPECT_EQ(heard, Samples(160, 1000));
}

TEST_F(SessionPlaying, AClearInTheMiddleOfAMessageShiftsNoSample) {
  connect();
  server().receive_part(audio(20, 1000) + "x", false);
  session_->clear(0);
  hear(20);
  server().receive_part("x" + audio(20, 2000), true);
  say(audio(20, 2000));
  Samples heard = hear(400);
  std::erase(heard, 0);
  EXPECT_EQ(heard, Samples(320, 2000));
}

TEST_F(SessionPlaying, TheRestOfAMessageBehindAPartThatDoesNotFitIsRefused) {
  options_.playback.buffer_ms = 1000;
  connect();
  server().receive_part(audio(600, 7), false);
  server().receive_part(audio(600, 8), false);
  server().receive_part(audio(100, 9), false);
  server().receive_part(audio(100, 9), true);
  Samples heard = hear(1000);
  std::erase(heard, 0);
  EXPECT_EQ(heard, Samples(4800, 7)) << "no holes";
  const Story told = told_server();
  EXPECT_EQ(std::count_if(told.begin(), told.end(),
                          [](const auto& line) { return line.find("refused") != line.npos; }),
            1);
  EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const auto& line) {
    return line.find(R"("refused_ms":800)") != line.npos;
  }));
  say(audio(20, 5));
  heard = hear(400);
  std::erase(heard, 0);
  EXPECT_EQ(heard, Samples(160, 5)) << "the next message is taken";
}

TEST_F(SessionPlaying, APauseKeepsHalfASample) {
  connect();
  const std::string all = audio(20, 1000);
  say(all.substr(0, 161));
  server().receive(R"({"type":"pause"})");
  server().receive(R"({"type":"resume"})");
  say(all.substr(161));
  EXPECT_EQ(hear(20), Samples(160, 1000));
}

TEST_F(SessionPlaying, MessagesArePlayedInTheirOrder) {
  connect();
  say(audio(20, 1));
  server().receive(
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":")" +
      base::encode_base64(audio(20, 2)) + R"("}})");
  say(audio(20, 3));
  Samples expected(160, 1);
  expected.resize(320, 2);
  expected.resize(480, 3);
  EXPECT_EQ(hear(60), expected);
  EXPECT_EQ(story(), (Story{"connect", "playback"})) << "drained, and no file";
}

TEST_F(SessionPlaying, ALargeMessageKeepsTheOrder) {
  connect();
  say(audio(20, 1));
  server().receive(
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":16000,"audioData":")" +
      base::encode_base64(bytes(Samples(100'000, 2))) + R"("}})");
  EXPECT_TRUE(server().paused);
  say(audio(20, 3));
  server().receive(R"({"type":"mark","name":"end"})");
  finish_jobs();
  ASSERT_TRUE(run_until([this] { return to_caller_->playout.written() >= 160U + 50'000 + 160; }));
  EXPECT_FALSE(server().paused);
  const Samples heard = hear(20 + 6250 + 20 + 20);
  EXPECT_EQ(heard[159], 1);
  EXPECT_EQ(heard[200], 2);
  EXPECT_EQ(heard[160 + 50'000], 3);
  EXPECT_EQ(told_server().front(),
            R"({"type":"mark","name":"end","result":"played","position_ms":6290})");
}

TEST_F(SessionPlaying, AMessageThatDoesNotFitIsRefusedAndReported) {
  options_.playback.buffer_ms = 1000;
  connect();
  say(audio(300));
  say(audio(800, 3));
  const auto told = told_server();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(Json::parse(told[0])["type"], "error");
  EXPECT_EQ(Json::parse(told[0])["refused_ms"], 800);
  Samples heard = hear(400);
  EXPECT_EQ(std::count(heard.begin(), heard.end(), 3), 0);
}

TEST_F(SessionPlaying, UnusableAudioIsReported) {
  connect();
  server().receive(R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":"AAAA"}})");
  EXPECT_EQ(Json::parse(told_server().at(0))["reason"], "it is no WAV file");
}

TEST_F(SessionPlaying, AnotherRateIsResampledToTheCalls) {
  options_.playback.rate_hz = 16000;
  connect();
  say(bytes(Samples(1600, 4000)));
  const Samples heard = hear(100);
  EXPECT_NEAR(heard[400], 4000, 100);
  run_until([this] { return to_caller_->playout.written() == 800U; });
  EXPECT_EQ(to_caller_->playout.written(), 800U) << "the tail is not held back";
}

TEST_F(SessionPlaying, RawAudioSetsTheRateOfBinaryMessages) {
  connect();
  server().receive(R"({"type":"rawAudio","data":{"sampleRate":16000}})");
  say(bytes(Samples(1600, 4000)));
  const Samples heard = hear(100);
  EXPECT_NEAR(heard[400], 4000, 100);
  run_until([this] { return to_caller_->playout.written() == 800U; });
  EXPECT_EQ(to_caller_->playout.written(), 800U);
  server().receive(R"({"type":"rawAudio","data":{"sampleRate":"8000"}})");
  say(audio(40, 7));
  run_until([this] { return to_caller_->playout.written() == 800U + 320U; });
  EXPECT_EQ(to_caller_->playout.written(), 800U + 320U);
  EXPECT_EQ(story().front(), "connect") << "and no json event";
}

TEST_F(SessionPlaying, RawAudioOfAWrongRateIsReportedAndChangesNothing) {
  connect();
  for (const char* data : {R"({"sampleRate":100})", R"({"sampleRate":"high"})", "{}", "3"}) {
    server().receive(R"({"type":"rawAudio","data":)" + std::string{data} + "}");
  }
  for (const std::string& text : told_server()) {
    EXPECT_EQ(Json::parse(text)["reason"], "rawAudio needs a sampleRate from 4000 to 192000");
  }
  say(audio(40, 7));
  EXPECT_EQ(hear(40), Samples(320, 7));
}

TEST_F(SessionPlaying, JsonInABinaryMessageIsAText) {
  connect();
  say(audio(200));
  server().receive(R"({"type":"clear"})", true);
  EXPECT_EQ(hear(20), Samples(160));
  server().receive(
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":")" +
          base::encode_base64(audio(20, 2)) + R"("}})",
      true);
  EXPECT_EQ(hear(20), Samples(160, 2));
}

TEST_F(SessionPlaying, ALongBinaryMessageThatOnlyBeginsLikeJsonIsPlayed) {
  connect();
  std::string almost = "{\"" + audio(9000, 3);
  say(almost);
  finish_jobs();
  ASSERT_TRUE(run_until([this] { return to_caller_->playout.written() >= 72'001U; }));
  EXPECT_EQ(hear(20)[1], 3);
}

TEST_F(SessionPlaying, AClearDiscardsAudioThatIsStillReadAsJson) {
  connect();
  say("{\"" + audio(9000, 3));
  session_->clear({});
  finish_jobs();
  ASSERT_TRUE(run_until([this] { return !server().paused; }));
  EXPECT_EQ(hear(40), Samples(320)) << "silence";
  EXPECT_EQ(told_server().front(),
            R"({"type":"cleared","reason":"api","utterance":1,"heard_ms":0,"thrown_ms":9000})");
  say(audio(20, 9));
  EXPECT_EQ(hear(20), Samples(160, 9));
}

TEST_F(SessionPlaying, AWavFileMayComeInPiecesWithOneHeader) {
  connect();
  const std::string header{
      "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1F\0\0\x80\x3E\0\0\x02\0\x10\0data\0\0\0\0",
      44};
  for (const std::string& piece : {header + audio(20, 1), audio(20, 2)}) {
    server().receive(R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":")" +
                     base::encode_base64(piece) + R"("}})");
  }
  Samples expected(160, 1);
  expected.resize(320, 2);
  EXPECT_EQ(hear(40), expected);
}

/// The power of everything except the tone, relative to the tone.
double residue_db(std::span<const std::int16_t> heard, double hz) {
  const double step = 2 * std::numbers::pi * hz / 8000;
  const double amplitude = audio::test::amplitude_at(hz, 8000, heard);
  double cosine = 0;
  double sine = 0;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    cosine += heard[i] * std::cos(step * static_cast<double>(i));
    sine += heard[i] * std::sin(step * static_cast<double>(i));
  }
  const double phase = std::atan2(cosine, sine);
  double rest = 0;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    rest += std::pow(heard[i] - amplitude * std::sin(step * static_cast<double>(i) + phase), 2);
  }
  return 10 * std::log10(rest / static_cast<double>(heard.size()) / (amplitude * amplitude / 2));
}

TEST_F(SessionPlaying, ARealTimeSenderAtAnotherRateMakesNoClicks) {
  constexpr std::size_t kPiece = 600;  // 25 ms: longer than the resampler waits for more audio
  constexpr int kPieces = 40;
  options_.playback.rate_hz = 24000;
  options_.playback.prebuffer_ms = 100;
  connect();
  const Samples tone = audio::test::tone(1013, 24000, kPiece * kPieces);
  Samples heard;
  for (int i = 0; i < kPieces; ++i) {
    const auto piece = tone.begin() + static_cast<std::ptrdiff_t>(kPiece) * i;
    say(bytes(Samples(piece, piece + kPiece)));
    context_.restart();
    context_.run_for(std::chrono::milliseconds{25});
    if (i % 5 == 4) continue;  // 125 ms sent, and five times 25 ms heard
    const Samples frame = hear(i % 5 == 3 ? 60 : 20);
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
  ASSERT_GE(heard.size(), 8U * 900);
  EXPECT_LT(residue_db(std::span{heard}.subspan(8 * 300, 8 * 500), 1013), -60);
  EXPECT_EQ(to_caller_->playout.underruns(), 0U);
  // The end is not kept back.
  ASSERT_TRUE(run_until([&] {
    hear(20);
    return to_caller_->playout.taken() == kPiece * kPieces / 3;
  }));
}

TEST_F(SessionPlaying, TheResamplerKeepsItsSamplesDuringAPause) {
  options_.playback.rate_hz = 16000;
  connect();
  server().receive(R"({"type":"pause"})");
  say(bytes(Samples(320, 4000)));
  context_.restart();
  context_.run_for(std::chrono::milliseconds{50});
  EXPECT_LT(to_caller_->playout.written(), 160U);
  server().receive(R"({"type":"resume"})");
  EXPECT_TRUE(run_until([this] { return to_caller_->playout.written() == 160U; }));
}

TEST_F(SessionPlaying, ReceivedCountsSamplesNotMessages) {
  options_.playback.play_out = false;
  connect();
  for (int i = 0; i < 1000; ++i) say(bytes(Samples(7, 5)));  // 0.875 ms
  hear(500);
  server().closed(1000);
  const Json stats = Json::parse(recorder_.events().back().body)["stats"]["playback"];
  EXPECT_EQ(stats["received_ms"], 875);
  EXPECT_EQ(stats["played_ms"], 500);
  EXPECT_EQ(stats["unplayed_ms"], 375) << "when the server closed";
}

}  // namespace
}  // namespace audio_stream::stream
