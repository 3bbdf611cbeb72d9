// After the server's close the call hears the rest of its audio.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "base/base64.hpp"
#include "stream/session_playing_fixture.hpp"

namespace audio_stream::stream {
namespace {

TEST_F(SessionPlaying, AudioBeforeTheServersCloseIsPlayedToItsEnd) {
  connect();
  say(audio(100, 7));
  server().receive(R"({"type":"mark","name":"goodbye"})");
  server().closed(1000);
  EXPECT_EQ(session_->state(), State::playing_out);
  speak(1);
  EXPECT_EQ(hear(80), Samples(640, 7));
  EXPECT_EQ(story(), Story{"connect"});
  EXPECT_EQ(hear(20), Samples(160, 7));
  EXPECT_EQ(story(), (Story{"connect", "playback", "playback", "disconnect!"}));
  EXPECT_EQ(Json::parse(body(1))["message"]["result"], "played");
  EXPECT_EQ(told(3)["code"], 1000);
  const Json stats = Json::parse(body(3))["stats"];
  EXPECT_EQ(stats["reason"], "server");
  EXPECT_EQ(stats["playback"]["played_ms"], 100);
  EXPECT_EQ(stats["playback"]["unplayed_ms"], 0);
  expect_ended();
}

TEST_F(SessionPlaying, AudioThatIsStillBeingDecodedIsPlayedOutToo) {
  connect();
  server().receive(
      R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":")" +
      base::encode_base64(audio(5000)) + R"("}})");
  server().closed(1000);
  EXPECT_EQ(session_->state(), State::playing_out);
  finish_jobs();
  ASSERT_TRUE(run_until([this] { return to_caller_->playout.written() >= 40'000; }));
  hear(5000);
  expect_ended();
  EXPECT_EQ(Json::parse(recorder_.events().back().body)["stats"]["playback"]["played_ms"], 5000);
}

class PlayingOut : public SessionPlaying {
 protected:
  void expect_the_end_after(const std::function<void()>& what) {
    connect();
    say(audio(1000));
    server().closed(1000);
    EXPECT_EQ(session_->state(), State::playing_out);
    what();
    hear(20);
    expect_ended();
    EXPECT_EQ(Json::parse(recorder_.events().back().body)["message"]["code"], 1000);
    EXPECT_EQ(Json::parse(recorder_.events().back().body)["stats"]["reason"], "server");
  }
};

TEST_F(PlayingOut, IsEndedByAStop) {
  expect_the_end_after([this] { session_->stop("", EndReason::stop); });
}

TEST_F(PlayingOut, IsEndedByAHangup) {
  expect_the_end_after([this] { session_->stop("", EndReason::hangup); });
}

TEST_F(PlayingOut, IsEndedByAClear) {
  expect_the_end_after([this] { session_->clear(0); });
}

TEST_F(SessionPlaying, NothingIsPlayedOutIfTheOptionIsOff) {
  options_.playback.play_out = false;
  connect();
  say(audio(100));
  server().closed(1000);
  expect_ended();
}

TEST_F(SessionPlaying, PausedAudioIsNotPlayedOut) {
  connect();
  say(audio(100));
  server().receive(R"({"type":"pause"})");
  server().closed(1000);
  expect_ended();
}

TEST_F(SessionPlaying, AudioPlaysOnThroughAReconnection) {
  connect();
  say(audio(100, 7));
  server().closed(1006, false);
  EXPECT_EQ(session_->state(), State::waiting);
  EXPECT_EQ(hear(100), Samples(800, 7));
}

}  // namespace
}  // namespace audio_stream::stream
