// Audio in a server's JSON becomes a private file and a `play` event.
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "contract_test.hpp"

namespace contract {
namespace {

using StreamAudio = ContractTest;

/// A call whose stream has connected.
class Connected {
 public:
  explicit Connected(EventRecorder& events, const CallShape& shape = {})
      : call{shape}, events_{events} {
    EXPECT_EQ(call.api("start " + server.url("/") + " mono"), kOk);
    connection_ = server.wait_open().connection;
  }
  void say(const std::string& text) { server.send_text(connection_, text); }
  void say_binary(const std::vector<std::uint8_t>& bytes) {
    server.send_binary(connection_, bytes);
  }
  void stop() {
    EXPECT_EQ(call.api("stop"), kOk);
    events_.wait_for_final();
  }

  test::WebSocketServer server;
  Call call;

 private:
  EventRecorder& events_;
  int connection_ = 0;
};

TEST_F(StreamAudio, IsWrittenToAPrivateFileForTheApplication) {
  Connected stream{events};
  stream.say(R"({"type":"streamAudio","data":{"audioDataType":"raw",)"
             R"("sampleRate":8000,"audioData":"AAECAwQF","custom":{"n":1}}})");
  const auto play = events.wait_for("play").json();
  EXPECT_EQ(play["audioDataType"], "raw");
  EXPECT_EQ(play["custom"]["n"], 1);
  EXPECT_FALSE(play.contains("audioData"));
  const std::string file = play["file"];
  EXPECT_TRUE(file.starts_with(temp_dir() + "/" + stream.call.uuid() + "_0_")) << file;
  EXPECT_TRUE(file.ends_with(".tmp.r8")) << file;
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  std::ifstream in{file, std::ios::binary};
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{in}, {}}), std::string("\0\1\2\3\4\5", 6));
  stream.stop();
  EXPECT_EQ(::stat(file.c_str(), &info), 0) << "the call may still play it";
}

TEST_F(StreamAudio, TheFileIsRemovedWithTheCall) {
  auto stream = std::make_unique<Connected>(events);
  stream->say(R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":"AAAA"}})");
  const std::string file = events.wait_for("play").json()["file"];
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  stream->call.hangup();
  events.wait_for_final();
  EXPECT_TRUE(test::eventually([&] { return ::stat(file.c_str(), &info) != 0; }));
}

TEST_F(StreamAudio, HasAnExtensionByItsType) {
  Connected stream{events};
  const std::vector<std::pair<std::string, std::string>> endings = {
      {R"("audioDataType":"wav")", ".wav"},
      {R"("audioDataType":"mp3")", ".mp3"},
      {R"("audioDataType":"ogg")", ".ogg"},
      {R"("audioDataType":"raw","sampleRate":16000)", ".r16"},
      {R"("audioDataType":"raw","sampleRate":24000)", ".r24"},
      {R"("audioDataType":"raw","sampleRate":48000)", ".r48"}};
  for (const auto& [type, ending] : endings) {
    stream.say(R"({"type":"streamAudio","data":{)" + type + R"(,"audioData":"AAAA"}})");
    EXPECT_TRUE(events.wait_for("play").json()["file"].get<std::string>().ends_with(ending))
        << ending;
  }
  stream.stop();
}

TEST_F(StreamAudio, BrokenAudioIsAnErrorAndAJsonEventWithoutIt) {
  Connected stream{events};
  LogRecorder log;
  for (
      const std::string broken :
      {R"({"type":"streamAudio"})", R"({"type":"streamAudio","data":[]})",
       R"({"type":"streamAudio","data":{"audioData":"AAAA"}})",
       R"({"type":"streamAudio","data":{"audioDataType":"flac","audioData":"AAAA"}})",
       R"({"type":"streamAudio","data":{"audioDataType":7,"audioData":"AAAA"}})",
       R"({"type":"streamAudio","data":{"audioDataType":"raw","audioData":"AAAA"}})",
       R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":7,"audioData":"AAAA"}})",
       R"({"type":"streamAudio","data":{"audioDataType":"wav"}})",
       R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":5}})",
       R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":"AA*A"}})",
       R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":"AA.A"}})",
       R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":""}})"}) {
    stream.say(broken);
    const auto json = events.wait_for("json").json();
    EXPECT_EQ(json["type"], "streamAudio") << broken;
    EXPECT_FALSE(json.contains("data") && json["data"].contains("audioData")) << broken;
  }
  EXPECT_TRUE(log.wait_for("streamAudio can't be used"));
  EXPECT_TRUE(temp_files().empty());
  stream.stop();
}

TEST_F(StreamAudio, KeepsItsOrderAmongTheMessages) {
  Connected stream{events};
  for (int i = 0; i < 10; ++i) {
    stream.say(R"({"type":"streamAudio","data":{"audioDataType":"wav",)"
               R"("audioData":"AAAA","n":)" +
               std::to_string(i) + "}}");
    stream.say(std::to_string(i));
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(events.wait_for("play").json()["n"], i);
    EXPECT_EQ(events.wait_for("json").body, std::to_string(i));
  }
  stream.stop();
}

// A server that sends its speech in small pieces, faster than they are heard.
TEST_F(StreamAudio, ALongTalkMayHaveAnyNumberOfPieces) {
  constexpr int kPieces = 1500;
  Connected stream{events, {.variables = {{"STREAM_EVENT_RATE", "0"}}}};
  for (int i = 0; i < kPieces; ++i) {
    stream.say(R"({"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"n":)" +
               std::to_string(i) + R"(,"audioData":"AAAA"}})");
  }
  for (int i = 0; i < kPieces; ++i) {
    ASSERT_EQ(events.wait_for("play").json()["n"], i);
  }
  EXPECT_EQ(temp_files().size(), static_cast<std::size_t>(kPieces));
  stream.stop();
}

// Servers of the 1.0 family announce the rate of binary audio. Without playback it is a text, as it
// was there, and no file; the audio behind it is named in the log.
TEST_F(StreamAudio, RawAudioWithoutPlaybackIsAnEventAndAWarning) {
  Connected stream{events};
  LogRecorder log;
  const std::string announced = R"({"type":"rawAudio","data":{"sampleRate":16000}})";
  stream.say(announced);
  EXPECT_EQ(events.wait_for("json").body, announced);
  stream.say_binary(std::vector<std::uint8_t>(640, 0));
  EXPECT_TRUE(log.wait_for("STREAM_PLAYBACK"));
  EXPECT_TRUE(temp_files().empty());
  stream.stop();
}

}  // namespace
}  // namespace contract
