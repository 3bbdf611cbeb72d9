// Every command as a user types it, and its reply.
#include "contract_test.hpp"

namespace contract {
namespace {

using Commands = ContractTest;
using namespace std::string_literals;

std::string start(const test::Server& server, const std::string& rest = "mono") {
  return "start " + server.url("/") + " " + rest;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Commands, AnEmptyOrIncompleteLineGetsTheUsage) {
  EXPECT_TRUE(
      api("").starts_with("-USAGE: the uuid and a verb are missing. Syntax: <uuid> start ["));
  EXPECT_EQ(api("some-uuid"),
            "-USAGE: a verb is missing. Syntax: <uuid> "
            "start|send_text|stop|graceful-shutdown|clear|pause|resume|mask ...\n");
  const Call call;
  for (const char* words : {"start", "START"}) {
    EXPECT_TRUE(call.api(words).starts_with(
        "-USAGE: start needs a websocket url and a mix type. Syntax: <uuid> start [name="));
  }
  const std::string no_mix = call.api("start ws://127.0.0.1:9/");
  EXPECT_TRUE(no_mix.starts_with("-USAGE: start needs a mix type: mono, mixed or stereo. Syntax:"));
  EXPECT_FALSE(contains(no_mix, "send_text")) << "the syntax of start alone";
  EXPECT_EQ(call.api("send_text"),
            "-USAGE: send_text needs a text to send. Syntax: <uuid> send_text [name=<stream>] [--] "
            "<text>\n");
}

TEST_F(Commands, AnEmptyUuidIsNamedAsWhatIsMissing) {
  for (const std::string& words :
       {"start ws://127.0.0.1:9/ mono 8k"s, "start name=b ws://127.0.0.1:9/ mono"s,
        "SEND_TEXT hello"s, "stop {\"eof\":1}"s, "stop pause"s}) {
    const std::string verb = words.substr(0, words.find(' '));
    EXPECT_EQ(api(words), "-ERR the uuid is missing: \"" + verb + "\" stands in its place\n");
  }
  for (const std::string& verb : {"stop"s, "pause"s}) {
    EXPECT_EQ(api(verb), "-USAGE: the uuid is missing: \"" + verb +
                             "\" stands in its place. Syntax: <uuid> " + verb + " ...\n");
  }
}

TEST_F(Commands, AReloadTakesNoFurtherWord) {
  EXPECT_EQ(api("reload x"), "-ERR \"x\" is one word too many: reload takes none\n");
}

TEST_F(Commands, TheApplicationsSyntaxHasNoUuid) {
  Call call;
  call.run_application("audio_stream", "send_text");
  EXPECT_EQ(
      call.variable("audio_stream_result"),
      "-USAGE: send_text needs a text to send. Syntax: send_text [name=<stream>] [--] <text>");
}

TEST_F(Commands, ABadWordIsNamedWithTheValidOnes) {
  const Call call;
  const auto refused = [&](const std::string& words, const std::string& value,
                           const std::string& right) {
    const std::string reply = call.api(words);
    EXPECT_TRUE(reply.starts_with("-ERR ")) << words << ": " << reply;
    EXPECT_TRUE(contains(reply, value)) << words << ": " << reply;
    EXPECT_TRUE(contains(reply, right)) << words << ": " << reply;
  };
  refused("dance", "\"dance\"",
          "start, send_text, stop, graceful-shutdown, clear, pause, resume or mask");
  refused("start ws://h/ quadro", "\"quadro\"", "mono, mixed or stereo");
  refused("start ws://h/ mono 9k", "\"9k\"", "8k, 12k");
  refused("start ws://h/ mono abc", "\"abc\"", "44100");
  refused("start ws://h/ mono 0", "\"0\"", "8000");
  refused("start http://h/ mono", "http://h/", "ws://host");
  refused("start ws://h:0/ mono", "\"0\"", "1 to 65535");
  refused("start ws://h:99999/ mono", "\"99999\"", "1 to 65535");
  refused("start name=a/b ws://h/ mono", "\"a/b\"", "letters");
  refused("pause now", "\"now\"", "too many");
  refused("start palyback=on ws://h/ mono", "unknown option \"palyback\"", "playback=");
  refused("send_text \xED\xA0\x80", "text", "UTF-8");
  refused("stop \xF4\x90\x80\x80", "text", "UTF-8");
}

TEST_F(Commands, ACallersNameThatIsNotUtf8DoesNotRefuseTheStart) {
  test::WebSocketServer server;
  LogRecorder log;
  const Call call{{.variables = {{"STREAM_HELLO_VARIABLES", "name"},
                                 {"name", "J\xFCrgen"},
                                 {"STREAM_EXTRA_HEADERS", "{\"X-Name\":\"J\xFCrgen\"}"}}}};
  EXPECT_EQ(call.api("start hello=on " + server.url("/") + " mono 8k {\"name\":\"M\xFCller\"}"),
            kOk);
  const auto opened = server.wait_open();
  // The server reads each byte of a header as ISO 8859-1, here the two bytes of "ü".
  EXPECT_EQ(opened.header("X-Name"), "J\u00C3\u00BCrgen");
  const int connection = opened.connection;
  const auto hello = nlohmann::json::parse(server.wait_text(connection));
  EXPECT_EQ(hello["variables"]["name"], "J\xC3\xBCrgen");
  EXPECT_EQ(server.wait_text(connection), "{\"name\":\"M\xC3\xBCller\"}");
  EXPECT_TRUE(log.wait_for("the metadata is not valid UTF-8"));
  EXPECT_TRUE(log.wait_for("STREAM_EXTRA_HEADERS is not valid UTF-8"));
  EXPECT_TRUE(log.wait_for("the variable \"name\" is not valid UTF-8"));
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Commands, ABadUuidIsNotEchoedUnchanged) {
  LogRecorder log;
  for (const std::string& word : {std::string(1'000'000, 'u'), std::string{"a\x01\xFF"},
                                  std::string{"ws://u:s3cret@h/?t=s3cret"}}) {
    const std::string reply = api(word + " stop");
    EXPECT_TRUE(reply.starts_with("-ERR no call with uuid \"")) << reply.substr(0, 200);
    EXPECT_LT(reply.size(), 200U);
    EXPECT_EQ(reply.find_first_of("\x01\xFF"), std::string::npos);
    EXPECT_EQ(reply.find("s3cret"), std::string::npos) << reply;
  }
  EXPECT_FALSE(log.holds("s3cret"));
}

TEST_F(Commands, AnUnknownCallIsNamed) {
  for (const char* words :
       {"start ws://127.0.0.1:9/ mono", "stop", "pause", "resume", "send_text x"}) {
    const std::string reply = api(std::string{"no-such-call "} + words);
    EXPECT_EQ(reply, "-ERR no call with uuid \"no-such-call\"\n") << words;
  }
}

TEST_F(Commands, WithoutThatStreamTheReplyListsTheCallsStreams) {
  test::WebSocketServer server;
  const Call call;
  for (const char* verb : {"stop", "pause", "resume", "send_text x"}) {
    EXPECT_EQ(call.api(verb), "-ERR no stream named \"default\" on this call (running: none)\n");
  }
  EXPECT_EQ(call.api("start name=agent " + server.url("/") + " mono"), kOk);
  EXPECT_EQ(call.api("stop"), "-ERR no stream named \"default\" on this call (running: agent)\n");
  EXPECT_EQ(call.api("stop name=agent"), kOk);
  events.wait_for_final("agent");
}

TEST_F(Commands, VerbsMatchWithoutRegardToCase) {
  test::WebSocketServer server;
  const Call call;
  EXPECT_EQ(call.api("START " + server.url("/") + " MONO 8K"), kOk);
  EXPECT_EQ(call.api("Pause"), kOk);
  EXPECT_EQ(call.api("RESUME"), kOk);
  EXPECT_EQ(call.api("Send_Text x"), kOk);
  EXPECT_EQ(call.api("Stop"), kOk);
  events.wait_for_final();
}

TEST_F(Commands, MetadataAndTextsArriveByteForByteAndInOrder) {
  test::WebSocketServer server;
  const Call call;
  const std::string metadata = R"({"a": "x\ny",  'quoted' "b":"\\"} tail)";
  const std::string text = R"('one  two'	\n "three" ü😀)";
  EXPECT_EQ(call.api(start(server, "mono 8k " + metadata)), kOk);
  const auto opened = server.wait_open();
  EXPECT_EQ(server.wait_text(opened.connection), metadata);
  EXPECT_EQ(call.api("send_text " + text), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), text);
  EXPECT_EQ(call.api("send_text -- name=x is text"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), "name=x is text");
  EXPECT_EQ(call.api("send_text other=x"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), "other=x");
  EXPECT_EQ(call.api("stop good  bye"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), "good  bye");
  const auto closed = server.wait_close(opened.connection);
  EXPECT_EQ(closed.code, 1000);
  EXPECT_EQ(closed.by, "client");
  events.wait_for_final();
}

// As in mod_audio_stream 1.0 (its issue 63).
TEST_F(Commands, PairedQuotesAroundTheWordsComeOff) {
  test::WebSocketServer server;
  const Call call;
  const std::string quoted = "'" + call.uuid() + "'";
  EXPECT_EQ(api(quoted + " start '" + server.url("/a?b=c") + R"(' 'mono' '24k' '{"a":"O'Neil"}')"),
            kOk);
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.path, "/a?b=c");
  EXPECT_EQ(server.wait_text(opened.connection), R"({"a":"O'Neil"})");
  EXPECT_EQ(server.wait_binary(opened.connection).size(), 960U) << "20 ms at 24 kHz";
  EXPECT_EQ(api("\"" + call.uuid() + "\" send_text 'two  words'"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), "two  words");
  EXPECT_EQ(api(quoted + " send_text \"a JSON string\""), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), "\"a JSON string\"");
  EXPECT_EQ(api(quoted + " 'stop' '{\"eof\":1}'"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), R"({"eof":1})");
  events.wait_for_final();
}

TEST_F(Commands, TheApplicationTakesQuotesToo) {
  test::WebSocketServer server;
  Call call;
  call.run_application("audio_stream", "start \"" + server.url("/") + "\" \"mono\" 8k");
  EXPECT_EQ(call.variable("audio_stream_result"), "+OK Success");
  server.wait_open();
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Commands, MetadataComesBeforeAllAudio) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api(start(server, "mono 8k first")), kOk);
  const auto opened = server.wait_open();
  server.wait_binary(opened.connection);
  const auto seen = server.seen();
  const auto message = std::find_if(seen.begin(), seen.end(), [](const test::json& event) {
    return event["event"] == "text" || event["event"] == "binary";
  });
  EXPECT_EQ((*message)["event"], "text");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Commands, AStartWithANameInUseIsRefusedAndTheStreamContinues) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api(start(server)), kOk);
  const auto opened = server.wait_open();
  const std::string reply = call.api(start(server));
  EXPECT_TRUE(reply.starts_with("-ERR a stream named \"default\" is already running")) << reply;
  EXPECT_EQ(call.api("send_text still here"), kOk);
  EXPECT_EQ(server.wait_text(opened.connection), "still here");
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
  EXPECT_EQ(server.count("open"), 1U);
}

TEST_F(Commands, AfterAStopTheNameIsFreeAtOnce) {
  test::WebSocketServer server;
  const Call call;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(call.api(start(server)), kOk);
    EXPECT_EQ(call.api("stop"), kOk);
  }
  for (int i = 0; i < 3; ++i) events.wait_for_final();
}

TEST_F(Commands, SeveralStreamsOfACallAreIndependent) {
  test::WebSocketServer first;
  test::WebSocketServer second;
  const Call call{{.caller = Speech::tone(440), .callee = Speech::tone(1000)}};
  EXPECT_EQ(call.api("start name=asr " + first.url("/one") + " mono 16k meta-one"), kOk);
  EXPECT_EQ(call.api("start name=both " + second.url("/two") + " stereo 8k meta-two"), kOk);
  const auto one = first.wait_open();
  const auto two = second.wait_open();
  EXPECT_EQ(one.path, "/one");
  EXPECT_EQ(two.path, "/two");
  EXPECT_EQ(first.wait_text(one.connection), "meta-one");
  EXPECT_EQ(second.wait_text(two.connection), "meta-two");
  EXPECT_EQ(first.wait_binary(one.connection).size(), 640U);
  EXPECT_EQ(second.wait_binary(two.connection).size(), 640U);
  EXPECT_EQ(call.api("pause name=asr"), kOk);
  EXPECT_EQ(call.api("send_text name=both to two"), kOk);
  EXPECT_EQ(second.wait_text(two.connection), "to two");
  EXPECT_EQ(call.api("stop name=asr"), kOk);
  first.wait_close(one.connection);
  events.wait_for_final("asr");
  second.wait_binary_bytes(two.connection, 6400);
  EXPECT_EQ(call.api("stop name=both"), kOk);
  events.wait_for_final("both");
}

TEST_F(Commands, APauseLeavesAudioOutButNotTexts) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api(start(server)), kOk);
  const auto opened = server.wait_open();
  server.wait_binary(opened.connection);
  EXPECT_EQ(call.api("pause"), kOk);
  EXPECT_EQ(call.api("pause"), kOk) << "pausing twice is no error";
  // No audio follows the text, because a text sent now does not overtake audio that is on its way.
  EXPECT_EQ(call.api("send_text a"), kOk);
  server.wait_text(opened.connection);
  const auto before = server.counters()[opened.connection].binary_messages;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(call.api("send_text b"), kOk);
    server.wait_text(opened.connection);
  }
  EXPECT_LE(server.counters()[opened.connection].binary_messages, before + 1);
  EXPECT_EQ(call.api("resume"), kOk);
  server.wait_binary_bytes(opened.connection, 3200);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Commands, TheApplicationHasTheSameSyntax) {
  test::WebSocketServer server;
  Call call{{.caller = Speech::tone(440)}};
  call.run_application("audio_stream",
                       "start " + server.url("/app?x=1") + R"( mono 16k {"from": "dialplan"})");
  EXPECT_EQ(call.variable("audio_stream_result"), "+OK Success");
  const auto opened = server.wait_open();
  EXPECT_EQ(opened.path, "/app?x=1");
  EXPECT_EQ(server.wait_text(opened.connection), R"({"from": "dialplan"})");
  call.run_application("audio_stream", "start nonsense mono");
  EXPECT_TRUE(call.variable("audio_stream_result").starts_with("-ERR invalid websocket url"));
  call.run_application("audio_stream", "stop");
  events.wait_for_final();
}

TEST_F(Commands, ACallWithoutMediaIsRefusedAndContinues) {
  const Call call{{.media = Media::none}};
  const std::string reply = call.api("start ws://127.0.0.1:9/ mono");
  EXPECT_TRUE(reply.starts_with("-ERR this call can't be streamed: it has no media yet")) << reply;
  EXPECT_TRUE(call.api("stop").starts_with("-ERR no stream named")) << "the call still exists";
}

TEST_F(Commands, EarlyMediaStreams) {
  test::WebSocketServer server;
  const Call call{{.caller = Speech::silence(), .media = Media::early}};
  EXPECT_EQ(call.api(start(server)), kOk);
  server.wait_binary(server.wait_open().connection);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

}  // namespace
}  // namespace contract
