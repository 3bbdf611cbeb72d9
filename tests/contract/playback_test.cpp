// The call hears the server's audio in every state, and the server is told what was heard.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sndfile.h>

#include "audio/codec/encoder.hpp"
#include "audio/codec/encoding_name.hpp"
#include "contract_test.hpp"
#include "levels.hpp"
#include "support/base64.hpp"
#include "support/temporary_directory.hpp"

namespace contract {
namespace {

namespace codec = audio_stream::audio::codec;

constexpr double kServerHz = 1000;
constexpr double kPlayed = -30;    // dBFS: a played tone is above, even with lost frames
constexpr double kUnplayed = -50;  // dBFS: a tone that was not played is below

test::Samples tone(double hz, double seconds) {
  test::Samples samples(static_cast<std::size_t>(seconds * kSecond));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(
        8000 * std::sin(2 * 3.14159265358979 * hz * static_cast<double>(i) / kSecond));
  }
  return samples;
}

constexpr int kFrame = 20;  // ms

int ms(std::size_t samples) {
  return static_cast<int>(samples * 1000 / kSecond);
}

/// The first loud sample of `heard`, and the one behind the last.
std::pair<std::size_t, std::size_t> loud_part(const test::Samples& heard) {
  constexpr int kLoud = 500;
  const auto loud = [](std::int16_t sample) { return std::abs(int{sample}) > kLoud; };
  const auto first = std::find_if(heard.begin(), heard.end(), loud);
  const auto last = std::find_if(heard.rbegin(), heard.rend(), loud).base();
  if (first == heard.end()) return {0, 0};
  return {first - heard.begin(), last - heard.begin()};
}

/// The position in `heard` where one tone changes to another, to 2 ms.
std::size_t change(const test::Samples& heard, double before, double after) {
  constexpr std::size_t kWindow = kSecond / 25;
  constexpr std::size_t kStep = kSecond / 500;
  std::size_t best = 0;
  double most = -1000;
  for (std::size_t at = 0; at + 2 * kWindow <= heard.size(); at += kStep) {
    const auto part = [&](std::size_t from) {
      const auto begin = heard.begin() + static_cast<std::ptrdiff_t>(from);
      return test::Samples(begin, begin + static_cast<std::ptrdiff_t>(kWindow));
    };
    const auto rise = [&](double hz) {
      const double low = std::max(-60.0, test::level_at(hz, part(at), kSecond));
      return std::max(-60.0, test::level_at(hz, part(at + kWindow), kSecond)) - low;
    };
    const double found = rise(after) - rise(before);
    if (found <= most) continue;
    most = found;
    best = at + kWindow;
  }
  return best;
}

/// The playing time of a sound in `heard`. The stream `ear` adds silence for a tick without heard
/// audio and hears the rest later (audio/heard_leg.hpp). That silence is subtracted; it may be a
/// few frames at most.
int played_ms(const test::Samples& heard, std::size_t from, std::size_t to) {
  constexpr std::size_t kGap = kSecond / 200;  // longer than any quiet part of these tones
  constexpr int kQuiet = 100;
  std::size_t gaps = 0;
  std::size_t run = 0;
  for (std::size_t i = from; i < to; ++i) {
    if (std::abs(int{heard[i]}) < kQuiet) {
      ++run;
      continue;
    }
    if (run >= kGap) gaps += run;
    run = 0;
  }
  EXPECT_LE(ms(gaps), 5 * kFrame) << "gaps in the sound";
  return ms(to - from - gaps);
}

/// A file in that format of libsndfile's.
std::string compressed(int format, const test::Samples& samples) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() / "speech";
  SF_INFO info{};
  info.samplerate = kSecond;
  info.channels = 1;
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  EXPECT_NE(file, nullptr) << sf_strerror(nullptr);
  if (file == nullptr) return {};
  sf_writef_short(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

class Playback : public ContractTest {
 protected:
  void start(const Call& call, const std::string& options = "") {
    EXPECT_EQ(call.api("start playback=on " + options + " -- " + server().url("/") + " mono"), kOk);
    connection_ = server().wait_open().connection;
    // Another stream, `ear`, receives what the caller hears.
    EXPECT_EQ(call.api("start name=ear " + ear_->url("/") + " stereo"), kOk);
    ear_connection_ = ear_->wait_open().connection;
  }
  void say(const test::Samples& samples) {
    server().send_binary(connection_, {reinterpret_cast<const std::uint8_t*>(samples.data()),
                                       samples.size() * sizeof(std::int16_t)});
  }
  /// A second of the call, as the server gets it.
  void let_a_second_pass() { server().wait_binary_bytes(connection_, kSecond * 2); }
  void say(const std::string& text) { server().send_text(connection_, text); }
  /// One message for each 20 ms.
  void say_encoded(codec::Encoding encoding, const test::Samples& samples) {
    const auto encoder = codec::make_encoder(encoding, {kSecond, 1}, kFrame);
    constexpr std::size_t kPacket = kSecond * kFrame / 1000;
    for (std::size_t at = 0; at + kPacket <= samples.size(); at += kPacket) {
      const auto bytes = encoder->encode(std::span{samples}.subspan(at, kPacket));
      server().send_binary(connection_,
                           {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }
  }
  /// The next text of that type, skipping others.
  nlohmann::json told(const std::string& type) {
    for (int i = 0; i < 20; ++i) {
      auto text = told();
      if (text["type"] == type) return text;
    }
    ADD_FAILURE() << "no " << type << " among twenty texts";
    return {};
  }
  nlohmann::json told() { return nlohmann::json::parse(server().wait_text(connection_)); }
  /// What the caller hears next.
  test::Samples hear(double seconds) {
    const auto bytes = ear_->wait_binary_bytes(
        ear_connection_, static_cast<std::size_t>(seconds * 50) * 160 * 2 * sizeof(std::int16_t));
    return test::channel(test::to_samples(bytes), 2, 1);
  }
  /// Audio until the caller hears that tone for half a second. Else the test fails.
  test::Samples expect_heard(double hz) {
    auto heard = hear_until(
        kSecond / 2, [&](double level) { return level > kPlayed; }, hz);
    EXPECT_TRUE(heard) << hz << " Hz were not heard in ten seconds";
    return heard.value_or(test::Samples{});
  }
  /// Audio until the caller does not hear that tone for a quarter of a second.
  test::Samples expect_silence(double hz) {
    auto heard = hear_until(
        kSecond / 4, [&](double level) { return level < kUnplayed; }, hz);
    EXPECT_TRUE(heard) << hz << " Hz were still heard after ten seconds";
    return heard.value_or(test::Samples{});
  }
  /// The stream's playback totals.
  nlohmann::json stop(const Call& call) {
    EXPECT_EQ(call.api("stop name=ear"), kOk);
    events.wait_for_final("ear");
    EXPECT_EQ(call.api("stop"), kOk);
    return events.wait_for_final().json()["stats"]["playback"];
  }

  /// Audio that the caller hears, starting with buffered audio, until the tone's level in its last
  /// `samples` is right. Nothing after ten seconds.
  template <class Right>
  std::optional<test::Samples> hear_until(std::size_t samples, const Right& right, double hz) {
    test::Samples all;
    for (int i = 0; i < 100; ++i) {
      const auto more = hear(0.1);
      all.insert(all.end(), more.begin(), more.end());
      if (all.size() < samples) continue;
      const test::Samples last(all.end() - static_cast<std::ptrdiff_t>(samples), all.end());
      if (right(test::level_at(hz, last, kSecond))) return all;
    }
    return std::nullopt;
  }

  // Ends before the check for leaks.
  void TearDown() override {
    ear_.reset();
    server_.reset();
    ContractTest::TearDown();
  }

  test::WebSocketServer& server() { return *server_; }

 private:
  std::optional<test::WebSocketServer> server_{std::in_place};
  std::optional<test::WebSocketServer> ear_{std::in_place};
  int connection_ = 0;
  int ear_connection_ = 0;
};

TEST_F(Playback, IsHeardIfNothingElseWrites) {
  const Call call;
  start(call);
  say(tone(kServerHz, 3));
  expect_heard(kServerHz);
  stop(call);
}

TEST_F(Playback, BinaryMessagesMayBeInAnyEncoding) {
  for (const auto& [name, encoding] : codec::kEncodings) {
    SCOPED_TRACE(name);
    const Call call{{.variables = {{"STREAM_DOWN_ENCODING", std::string{name}}}}};
    start(call);
    say_encoded(encoding, tone(kServerHz, 3));
    expect_heard(kServerHz);
    EXPECT_EQ(stop(call)["refused_ms"], 0);
  }
}

TEST_F(Playback, TheCommandsEncodingWinsOverTheVariables) {
  const Call call{{.variables = {{"STREAM_DOWN_ENCODING", "opus"}}}};
  start(call, "down-encoding=pcma");
  say_encoded(codec::Encoding::pcma, tone(kServerHz, 3));
  expect_heard(kServerHz);
  stop(call);
}

TEST_F(Playback, Mp3AndOggAreHeard) {
  for (const auto& [type, format] : {std::pair{"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
                                     std::pair{"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS}}) {
    SCOPED_TRACE(type);
    const Call call;
    start(call);
    const std::string file = compressed(format, tone(kServerHz, 3));
    say(R"({"type":"streamAudio","data":{"audioDataType":")" + std::string{type} +
        R"(","audioData":")" +
        test::base64_encode({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}) +
        R"("}})");
    expect_heard(kServerHz);
    stop(call);
  }
}

TEST_F(Playback, IsMixedWithWhatTheCallerHears) {
  const Call call{{.callee = Speech::tone(440)}};
  start(call);
  say(tone(kServerHz, 3));
  expect_heard(kServerHz);
  EXPECT_GT(test::level_at(440, hear(0.5), kSecond), kPlayed);
  stop(call);
}

TEST_F(Playback, EachUtteranceIsHeardWhileAnotherApplicationWrites) {
  const Call call{{.callee = Speech::tone(440)}};
  start(call);
  for (const double hz : {kServerHz, 1500.0, kServerHz}) {
    say(tone(hz, 1));
    expect_heard(hz);
    expect_silence(hz);
    EXPECT_GT(test::level_at(440, hear(0.3), kSecond), kPlayed) << "the callee's continues";
  }
  stop(call);
}

TEST_F(Playback, ReplacesWhatTheCallerHears) {
  const Call call{{.callee = Speech::tone(440)}};
  start(call, "play-mode=replace");
  say(tone(kServerHz, 4));
  expect_heard(kServerHz);
  EXPECT_LT(test::level_at(440, hear(0.5), kSecond), kUnplayed);
  stop(call);
}

TEST_F(Playback, IsNotHeardByTheServerItself) {
  const Call call{{.caller = Speech::tone(440)}};
  start(call);
  say(tone(kServerHz, 3));
  expect_heard(kServerHz);
  const auto up = test::to_samples(server().wait_binary_bytes(1, kSecond * 2));
  EXPECT_GT(test::level_at(440, up, kSecond), kPlayed);
  EXPECT_LT(test::level_at(kServerHz, up, kSecond), kUnplayed);
  stop(call);
}

TEST_F(Playback, ToTheCalleeIsNotHeardByTheServerEither) {
  Call call{{.caller = Speech::tone(440)}};
  call.bridge(true);
  start(call, "play-to=callee");
  say(tone(kServerHz, 3));
  say(R"({"type":"mark","name":"played"})");
  EXPECT_EQ(told()["result"], "played");
  const auto up = test::to_samples(server().wait_binary_bytes(1, kSecond * 4));
  EXPECT_GT(test::level_at(440, up, kSecond), kPlayed);
  EXPECT_LT(test::level_at(kServerHz, up, kSecond), kUnplayed);
  stop(call);
}

TEST_F(Playback, ToTheCalleeWaitsWhileThereIsNone) {
  Call call{{.caller = Speech::tone(440)}};
  start(call, "play-to=callee");
  for (const std::string callee : {"first", "second"}) {
    SCOPED_TRACE(callee);
    say(tone(kServerHz, 0.2));
    say(R"({"type":"mark","name":"waits"})");
    let_a_second_pass();
    say(R"({"type":"clear","fade_ms":0})");
    say(tone(kServerHz, 0.2));
    say(R"({"type":"mark","name":"heard"})");
    call.bridge(true);
    const auto waits = told("mark");
    EXPECT_EQ(waits["name"], "waits");
    EXPECT_EQ(waits["result"], "cleared") << "it was played to nobody";
    EXPECT_EQ(told("cleared")["heard_ms"], 0);
    const auto heard = told("mark");
    EXPECT_EQ(heard["name"], "heard");
    EXPECT_EQ(heard["result"], "played");
    told("drained");
    call.bridge(false);
  }
  stop(call);
}

TEST_F(Playback, MarksAndTheEndAreReported) {
  const Call call;
  start(call);
  say(tone(kServerHz, 0.3));
  say(R"({"type":"mark","name":"half"})");
  say(tone(kServerHz, 0.3));
  const auto mark = told();
  EXPECT_EQ(mark["type"], "mark");
  EXPECT_EQ(mark["name"], "half");
  EXPECT_EQ(mark["position_ms"], 300);
  const auto drained = told();
  EXPECT_EQ(drained["type"], "drained");
  EXPECT_EQ(drained["position_ms"], 600);
  EXPECT_EQ(events.wait_for("playback").json()["status"], "mark");
  EXPECT_EQ(events.wait_for("playback").json()["message"]["position_ms"], 600);
  stop(call);
}

TEST_F(Playback, TheCommandClearsIt) {
  const Call call;
  start(call);
  say(tone(kServerHz, 20));
  expect_heard(kServerHz);
  EXPECT_EQ(call.api("clear fade=0"), kOk);
  const auto cleared = told();
  EXPECT_EQ(cleared["type"], "cleared");
  EXPECT_EQ(cleared["reason"], "api");
  EXPECT_GT(cleared["heard_ms"], 0);
  EXPECT_EQ(cleared["heard_ms"].get<int>() + cleared["thrown_ms"].get<int>(), 20'000);
  stop(call);
}

TEST_F(Playback, AClearEndsItAtTheReportedPosition) {
  const Call call;
  start(call);
  say(tone(kServerHz, 20));
  test::Samples heard = expect_heard(kServerHz);
  say(R"({"type":"clear","fade_ms":0})");
  const auto cleared = told("cleared");
  const auto rest = expect_silence(kServerHz);
  heard.insert(heard.end(), rest.begin(), rest.end());
  const auto [first, last] = loud_part(heard);
  EXPECT_NEAR(played_ms(heard, first, last), cleared["heard_ms"].get<int>(), kFrame);
  EXPECT_LT(cleared["heard_ms"], 2000) << "at once, of 20 s";
  EXPECT_EQ(stop(call)["underruns"], 0);
}

TEST_F(Playback, AMarkIsWhereTheSoundChanges) {
  const Call call;
  start(call);
  // Long enough for the next audio to be in time, even from a delayed server.
  say(tone(440, 1.25));
  say(R"({"type":"mark","name":"change"})");
  say(tone(kServerHz, 0.6));
  const auto mark = told("mark");
  const test::Samples heard = expect_heard(kServerHz);
  const std::size_t begin = loud_part(heard).first;
  const std::size_t end = change(heard, 440, kServerHz);
  EXPECT_EQ(mark["position_ms"], 1250);
  EXPECT_NEAR(played_ms(heard, begin, end), 1250, kFrame);
  EXPECT_EQ(stop(call)["underruns"], 0);
}

TEST_F(Playback, APauseKeepsEverything) {
  const Call call;
  start(call);
  say(tone(kServerHz, 3));
  test::Samples heard = expect_heard(kServerHz);
  say(R"({"type":"pause"})");
  const auto paused = told("paused");
  EXPECT_GT(paused["position_ms"], 0);
  const auto rest = expect_silence(kServerHz);
  heard.insert(heard.end(), rest.begin(), rest.end());
  const auto [first, last] = loud_part(heard);
  EXPECT_NEAR(played_ms(heard, first, last), paused["position_ms"].get<int>(), kFrame)
      << "and no more";
  EXPECT_LT(test::level_at(kServerHz, hear(0.5), kSecond), kUnplayed);
  say(R"({"type":"resume"})");
  EXPECT_NEAR(told("resumed")["position_ms"].get<int>(), paused["position_ms"].get<int>(), kFrame);
  expect_heard(kServerHz);
  EXPECT_EQ(told("drained")["position_ms"], 3000);
  stop(call);
}

TEST_F(Playback, ATooFastServerIsToldToWaitAndThenRefused) {
  Call call{{.variables = {{"STREAM_PLAYBACK_BUFFER", "1000"}}}};
  start(call);
  call.hold(true);  // nothing is played before all of it has arrived
  say(tone(kServerHz, 0.95));
  EXPECT_GE(told("xoff")["queued_ms"], 800);
  say(tone(kServerHz, 20));
  EXPECT_EQ(told("error")["refused_ms"], 20'000);
  call.hold(false);
  EXPECT_LE(told("xon")["queued_ms"], 500);
  EXPECT_EQ(told("drained")["position_ms"], 950) << "refused audio was not played";
  call.hangup();
  const auto playback = events.wait_for_final().json()["stats"]["playback"];
  EXPECT_EQ(playback["received_ms"], 20'950);
  EXPECT_EQ(playback["played_ms"], 950);
  EXPECT_EQ(playback["refused_ms"], 20'000);
}

TEST_F(Playback, AudioWaitsWhileTheCallIsOnHold) {
  Call call;
  start(call);
  say(tone(kServerHz, 3));
  test::Samples heard = expect_heard(kServerHz);
  call.hold(true);
  say(tone(440, 1));
  say(R"({"type":"mark","name":"end"})");
  const auto rest = expect_silence(kServerHz);
  heard.insert(heard.end(), rest.begin(), rest.end());
  const auto [first, last] = loud_part(heard);
  EXPECT_LT(ms(last - first), 2000) << "at once, of 3 s";
  const test::Samples held = hear(0.6);
  EXPECT_LT(test::level_at(kServerHz, held, kSecond), kUnplayed);
  EXPECT_LT(test::level_at(440, held, kSecond), kUnplayed);
  call.hold(false);
  expect_heard(440);
  const auto mark = told("mark");
  EXPECT_EQ(mark["result"], "played");
  EXPECT_EQ(mark["position_ms"], 4000);
  stop(call);
}

TEST_F(Playback, AudioLeftUnplayedAtTheServersCloseIsCounted) {
  const Call call{{.variables = {{"STREAM_PLAYOUT", "false"}}}};
  start(call);
  say(tone(kServerHz, 20));
  expect_heard(kServerHz);
  server().close(1, 1000);
  const auto playback = events.wait_for_final().json()["stats"]["playback"];
  EXPECT_GT(playback["unplayed_ms"], 10'000);
  EXPECT_NEAR(playback["played_ms"].get<int>() + playback["unplayed_ms"].get<int>(), 20'000, 1);
  EXPECT_EQ(call.api("stop name=ear"), kOk);
  events.wait_for_final("ear");
}

TEST_F(Playback, TheGoodbyeIsHeardAfterTheServerHasClosed) {
  const Call call{{.caller = Speech::silence()}};
  start(call);
  say(tone(kServerHz, 1));
  server().close(1, 1000);
  EXPECT_GT(test::level_at(kServerHz, hear(0.8), kSecond), kPlayed);
  const auto stats = events.wait_for_final().json()["stats"];
  EXPECT_EQ(stats["playback"]["played_ms"], 1000);
  EXPECT_EQ(stats["playback"]["unplayed_ms"], 0);
  EXPECT_EQ(call.api("stop name=ear"), kOk);
  events.wait_for_final("ear");
}

TEST_F(Playback, AClearWithoutPlaybackIsRefusedWithTheReason) {
  const Call call;
  EXPECT_EQ(call.api("start " + server().url("/") + " mono"), kOk);
  EXPECT_EQ(call.api("clear"),
            "-ERR this stream plays nothing: start it with playback=on to play what the server "
            "sends\n");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Playback, AHangupInTheMiddleEndsItNormally) {
  Call call;
  start(call);
  say(tone(kServerHz, 20));
  expect_heard(kServerHz);
  call.hangup();
  const auto stats = events.wait_for_final().json()["stats"];
  EXPECT_EQ(stats["reason"], "hangup");
  EXPECT_EQ(stats["playback"]["received_ms"], 20'000);
}

TEST_F(Playback, ARepeatedlyClearedEchoEndsEachTime) {
  test::WebSocketServer echo{{.echo = true}};
  Call call{{.caller = Speech::tone(440)}};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(call.api("start playback=on play-to=both -- " + echo.url("/") + " mono"), kOk);
    echo.wait_binary_bytes(echo.wait_open().connection, kSecond / 2);
    EXPECT_EQ(call.api("stop"), kOk);
    EXPECT_GT(events.wait_for_final().json()["stats"]["playback"]["received_ms"], 0);
  }
  EXPECT_EQ(call.api("start playback=on -- " + echo.url("/") + " mono"), kOk);
  echo.wait_binary_bytes(echo.wait_open().connection, kSecond / 2);
  call.hangup();
  EXPECT_EQ(events.wait_for_final().json()["stats"]["reason"], "hangup");
}

TEST_F(Playback, HelloIntroducesTheStream) {
  const Call call{{.variables = {{"STREAM_HELLO_VARIABLES", "color, STREAM_EXTRA_HEADERS"},
                                 {"STREAM_EXTRA_HEADERS", R"({"X-Key":"not to be told"})"},
                                 {"STREAM_HELLO", "false"},  // the command overrides it
                                 {"STREAM_SAMPLE_RATE", "16000"},
                                 {"color", "red"}}}};
  EXPECT_EQ(call.api("start hello=on playback=on down-rate=24000 -- " + server().url("/") +
                     " mono 16k metadata"),
            kOk);
  const int connection = server().wait_open().connection;
  const auto hello = nlohmann::json::parse(server().wait_text(connection));
  EXPECT_EQ(hello["type"], "hello");
  EXPECT_EQ(hello["call"], call.uuid());
  EXPECT_EQ(hello["up"]["rate"], 16000);
  EXPECT_EQ(hello["down"]["rate"], 24000);
  EXPECT_EQ(hello["variables"], nlohmann::json({{"color", "red"}}));
  EXPECT_EQ(server().wait_text(connection), "metadata");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

}  // namespace
}  // namespace contract
