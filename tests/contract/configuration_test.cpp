// audio_stream.conf.xml: defaults of all streams, profiles, and reloading a changed file.
#include <atomic>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "contract_test.hpp"

namespace contract {
namespace {

std::string file_of(const std::string& settings, const std::string& profiles = "") {
  return R"(<configuration name="audio_stream.conf" description="a test"><settings>)" + settings +
         "</settings><profiles>" + profiles + "</profiles></configuration>\n";
}

std::string param(const std::string& name, const std::string& value) {
  return "<param name=\"" + name + "\" value='" + value + "'/>";
}

std::string profile(const std::string& name, const std::string& params) {
  return "<profile name=\"" + name + "\">" + params + "</profile>";
}

class Configuration : public ContractTest {
 protected:
  /// Loads the module with this file.
  static void load_with(const std::string& text) {
    EXPECT_EQ(unload_idle_module(), "");
    configure(text);
    EXPECT_EQ(load_module(), "");
  }

  /// Starts a stream and returns the size of its packets in bytes.
  std::size_t packet_size(const Call& call, const std::string& options = "") {
    EXPECT_EQ(call.api("start " + options + " " + server_.url("/") + " mono 8k"), kOk);
    const auto size = server_.wait_binary(server_.wait_open().connection).size();
    EXPECT_EQ(call.api("stop"), kOk);
    events.wait_for_final();
    return size;
  }

  void TearDown() override {
    running_.reset();  // else the check would take it for a leak of the module
    remove_configuration();
    ContractTest::TearDown();
  }

 private:
  std::unique_ptr<test::WebSocketServer> running_ = std::make_unique<test::WebSocketServer>();

 protected:
  test::WebSocketServer& server_ = *running_;
};

constexpr std::size_t kBytesOf20Ms = 320;

TEST_F(Configuration, TheModulesDefaultsApplyToEveryStream) {
  load_with(file_of(param("STREAM_BUFFER_SIZE", "40") +
                    param("STREAM_EXTRA_HEADERS", R"({"X-From":"the file"})")));
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start " + server_.url("/") + " mono 8k"), kOk);
  const auto opened = server_.wait_open();
  EXPECT_EQ(opened.header("X-From"), "the file");
  EXPECT_EQ(server_.wait_binary(opened.connection).size(), 2 * kBytesOf20Ms);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Configuration, AProfileOverridesDefaultsAndAVariableOverridesTheProfile) {
  load_with(file_of(param("STREAM_BUFFER_SIZE", "40"),
                    profile("sixty", param("STREAM_BUFFER_SIZE", "60"))));
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(packet_size(call), 2 * kBytesOf20Ms);
  EXPECT_EQ(packet_size(call, "profile=sixty"), 3 * kBytesOf20Ms);
  call.set_variable("STREAM_BUFFER_SIZE", "80");
  EXPECT_EQ(packet_size(call, "profile=sixty"), 4 * kBytesOf20Ms);
  EXPECT_EQ(packet_size(call), 4 * kBytesOf20Ms);
}

TEST_F(Configuration, ABadVariableLeavesTheProfilesValue) {
  load_with(file_of("", profile("sixty", param("STREAM_BUFFER_SIZE", "60"))));
  LogRecorder log;
  const Call call{{.caller = Speech::tone(440), .variables = {{"STREAM_BUFFER_SIZE", "30"}}}};
  EXPECT_EQ(packet_size(call, "profile=sixty"), 3 * kBytesOf20Ms);
  EXPECT_TRUE(
      log.wait_for("STREAM_BUFFER_SIZE is \"30\", not a multiple of 20 ms from 20 to 1000: "
                   "using 60"));
}

TEST_F(Configuration, AnUnknownProfileIsRefusedWithTheKnownOnes) {
  const Call call;
  const std::string start = "start profile=nobody " + server_.url("/") + " mono";
  EXPECT_EQ(call.api(start), "-ERR there is no profile \"nobody\" (known: none)\n");
  load_with(file_of("", profile("asr", "") + profile("bot", "")));
  EXPECT_EQ(call.api(start), "-ERR there is no profile \"nobody\" (known: asr, bot)\n");
  EXPECT_TRUE(call.api("stop").starts_with("-ERR no stream named"));
}

TEST_F(Configuration, AReloadAppliesToLaterStreamsOnly) {
  load_with(file_of("", profile("p", param("STREAM_BUFFER_SIZE", "40"))));
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(call.api("start name=first profile=p " + server_.url("/") + " mono 8k"), kOk);
  const auto first = server_.wait_open();
  EXPECT_EQ(server_.wait_binary(first.connection).size(), 2 * kBytesOf20Ms);

  configure(file_of("", profile("p", param("STREAM_BUFFER_SIZE", "60")) +
                            profile("new", param("STREAM_BUFFER_SIZE", "80"))));
  EXPECT_TRUE(call.api("start profile=new " + server_.url("/") + " mono").starts_with("-ERR"))
      << "not before the reload";
  EXPECT_TRUE(api("reload").starts_with("+OK Success: "));
  EXPECT_EQ(packet_size(call, "profile=p"), 3 * kBytesOf20Ms);
  EXPECT_EQ(packet_size(call, "profile=new"), 4 * kBytesOf20Ms);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(server_.wait_binary(first.connection).size(), 2 * kBytesOf20Ms);
  }
  EXPECT_EQ(call.api("stop name=first"), kOk);
  events.wait_for_final("first");
}

TEST_F(Configuration, UnknownAndBadParametersAreNamedAndTheModuleLoads) {
  LogRecorder log;
  load_with(file_of(param("STREAM_OUTAGE_BUFFER", "soon") + param("STREAM_BUFER_SIZE", "40") +
                        param("STREAM_BUFFER_SIZE", "30"),
                    profile("p", param("STREAM_HEART_BEAT", "x") + param("io-threads", "2"))));
  for (const char* warning :
       {"audio_stream.conf.xml, settings: STREAM_OUTAGE_BUFFER is \"soon\", not a number of "
        "milliseconds",
        "audio_stream.conf.xml, settings: there is no parameter \"STREAM_BUFER_SIZE\": left out. "
        "Is "
        "it STREAM_BUFFER_SIZE?",
        "audio_stream.conf.xml, settings: STREAM_BUFFER_SIZE is \"30\", not a multiple of 20",
        "audio_stream.conf.xml, profile \"p\": STREAM_HEART_BEAT is \"x\", not a number",
        "audio_stream.conf.xml, profile \"p\": \"io-threads\", which is \"2\", holds for all"}) {
    EXPECT_TRUE(log.wait_for(warning)) << warning;
  }
  for (const auto& line : log.lines()) {
    if (line.text.find("audio_stream.conf.xml, ") != std::string::npos) {
      EXPECT_EQ(line.level, SWITCH_LOG_WARNING) << line.text;
    }
  }
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(packet_size(call, "profile=p"), kBytesOf20Ms);
}

TEST_F(Configuration, BadHeadersRefuseTheStartAndAreNotShown) {
  LogRecorder log;
  load_with(file_of("", profile("p", param("STREAM_EXTRA_HEADERS", R"({"A": topsecret})"))));
  EXPECT_TRUE(log.wait_for("audio_stream.conf.xml, profile \"p\": STREAM_EXTRA_HEADERS: "));
  const Call call;
  const std::string reply = call.api("start profile=p " + server_.url("/") + " mono");
  EXPECT_TRUE(
      reply.starts_with("-ERR STREAM_EXTRA_HEADERS (audio_stream.conf.xml, profile \"p\"): "))
      << reply;
  EXPECT_EQ(reply.find("topsecret"), std::string::npos) << reply;
  for (const auto& line : log.lines()) {
    if (line.text.find("STREAM_EXTRA_HEADERS") != std::string::npos) {
      EXPECT_EQ(line.text.find("topsecret"), std::string::npos) << line.text;
    }
  }
}

// The file has none of the expected elements.
TEST_F(Configuration, AnEmptyOrMalformedFileDoesNotPreventLoading) {
  for (const char* text : {"<configuration name=\"audio_stream.conf\"/>",
                           "<configuration name=\"audio_stream.conf\"><settings><other/><param/>"
                           "</settings><profiles><profile/></profiles></configuration>"}) {
    load_with(text);
    EXPECT_TRUE(api("reload").starts_with("+OK Success: "));
  }
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(packet_size(call), kBytesOf20Ms);
}

TEST_F(Configuration, WithoutARequiredFileNoStreamStarts) {
  LogRecorder log;
  const Call call{{.caller = Speech::tone(440)}};
  const std::string start = "start " + server_.url("/") + " mono";
  EXPECT_EQ(unload_idle_module(), "");
  EXPECT_EQ(load_module(), "");
  EXPECT_TRUE(log.wait_for("streams may go to any server"));

  switch_core_set_variable("audio_stream_needs_configuration", "true");
  EXPECT_EQ(unload_idle_module(), "");
  EXPECT_EQ(load_module(), "");
  EXPECT_TRUE(call.api(start).starts_with("-ERR there is no audio_stream.conf"));
  configure(file_of(""));
  EXPECT_TRUE(api("reload").starts_with("+OK Success: "));
  EXPECT_EQ(packet_size(call), kBytesOf20Ms);
  switch_core_set_variable("audio_stream_needs_configuration", nullptr);
}

TEST_F(Configuration, AReloadWithoutAFileIsRefusedAndChangesNothing) {
  load_with(file_of(param("STREAM_BUFFER_SIZE", "40")));
  remove_configuration();
  EXPECT_TRUE(api("reload").starts_with("-ERR the switch has no audio_stream.conf"));
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(packet_size(call), 2 * kBytesOf20Ms);
}

TEST_F(Configuration, AReloadReadsTheFileItselfAndSaysWhatItTook) {
  load_with(file_of(""));
  const std::string text =
      file_of(param("STREAM_BUFFER_SIZE", "40") + param("max-streams", "5"),
              profile("asr", param("STREAM_HEART_BEAT", "x")) + profile("bot", ""));
  write_configuration(text);
  LogRecorder log;
  EXPECT_EQ(api("reload"),
            "+OK Success: audio_stream.conf.xml has 2 setting(s) (STREAM_BUFFER_SIZE, max-streams) "
            "and 2 profile(s) (asr, bot); 1 warning(s) in the log\n");
  EXPECT_TRUE(log.wait_for("audio_stream.conf.xml has 2 setting(s)"));
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(packet_size(call, "profile=asr"), 2 * kBytesOf20Ms);
  EXPECT_TRUE(api("reload").ends_with("; nothing has changed\n"));
}

TEST_F(Configuration, AReloadOfABrokenFileIsRefusedAndChangesNothing) {
  load_with(file_of(param("STREAM_BUFFER_SIZE", "40")));
  write_configuration("<configuration name=\"audio_stream.conf\"><settings></configuration>");
  const std::string reply = api("reload");
  EXPECT_TRUE(reply.starts_with("-ERR the switch can't read its configuration files: [error near "))
      << reply;
  EXPECT_TRUE(reply.ends_with(": what held before still holds\n")) << reply;
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_EQ(packet_size(call), 2 * kBytesOf20Ms);
}

TEST_F(Configuration, TheNumberOfThreadsIsReadAtLoad) {
  const auto threads = [] { return test::resources_now().threads.size(); };
  load_with(file_of(param("io-threads", "1")));
  const auto with_one = threads();
  load_with(file_of(param("io-threads", "3")));
  EXPECT_EQ(threads(), with_one + 2);
  LogRecorder log;
  configure(file_of(param("io-threads", "5")));
  EXPECT_TRUE(api("reload").starts_with("+OK Success: "));
  EXPECT_TRUE(
      log.wait_for("audio_stream.conf.xml, settings: io-threads is \"5\", was \"3\" at load"));
  EXPECT_EQ(threads(), with_one + 2);
}

TEST_F(Configuration, AMessageOverTheBoundEndsTheConnection) {
  load_with(file_of(param("max-message-bytes", "2000")));
  const Call call{{.variables = {{"STREAM_NO_RECONNECT", "true"}}}};
  EXPECT_EQ(call.api("start " + server_.url("/") + " mono"), kOk);
  const auto opened = server_.wait_open();
  server_.send_text(opened.connection, std::string(2000, 'x'));
  EXPECT_EQ(events.wait_for("json").body.size(), 2000U);
  server_.send_text(opened.connection, std::string(2001, 'x'));
  EXPECT_EQ(events.wait_for_final().json()["message"]["code"], 1009);
}

TEST_F(Configuration, TheQueueHasItsConfiguredLength) {
  load_with(file_of("", profile("short", param("STREAM_OUTAGE_BUFFER", "200"))));
  server_.stop_listening();
  const Call call{{.caller = Speech::tone(440)}};
  LogRecorder log;
  EXPECT_EQ(call.api("start profile=short " + server_.url("/") + " mono 8k"), kOk);
  // A second of audio that can't be sent: 200 ms are kept, and the rest is reported.
  std::this_thread::sleep_for(std::chrono::seconds{1});
  server_.listen_again();
  const auto opened = server_.wait_open();
  EXPECT_TRUE(log.wait_for("dropped"));
  server_.wait_binary(opened.connection);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Configuration, StreamsConnectOnlyToAllowedHosts) {
  load_with(file_of(param("allowed-hosts", "asr.example.com, 127.0.0.0/8")));
  const Call call;
  EXPECT_EQ(call.api("start wss://evil.example.org/?key=s3cr3t mono"),
            "-ERR the server evil.example.org is not in allowed-hosts of the configuration\n");
  EXPECT_TRUE(call.api("start " + server_.url("/") + ",ws://[::1]:9/ mono")
                  .starts_with("-ERR the server [::1]:9 is not in allowed-hosts"));
  EXPECT_TRUE(call.api("stop").starts_with("-ERR no stream named"));
  EXPECT_EQ(call.api("start " + server_.url("/") + " mono"), kOk);
  server_.wait_open();
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Configuration, StreamsUseOnlyAllowedProxies) {
  load_with(file_of(param("allowed-hosts", "asr.example.com, proxy.example.com:3128")));
  const Call call{{.variables = {{"STREAM_PROXY", "http://user:s3cr3t@proxy.example.com:80"}}}};
  EXPECT_EQ(call.api("start wss://asr.example.com/ mono"),
            "-ERR the proxy http://proxy.example.com:80 is not in allowed-hosts of the "
            "configuration\n");
  call.set_variable("STREAM_PROXY", "http://user:s3cr3t@proxy.example.com:3128");
  EXPECT_EQ(call.api("start wss://asr.example.com/ mono"), kOk);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Configuration, AnInvalidListOfHostsAllowsNone) {
  LogRecorder log;
  load_with(file_of(param("allowed-hosts", "asr.example.com, 10.0.0.1/8")));
  EXPECT_TRUE(log.wait_for("settings: allowed-hosts: \"10.0.0.1/8\" is not a host name"));
  const Call call;
  const std::string answer = call.api("start ws://asr.example.com/ mono");
  EXPECT_TRUE(answer.starts_with("-ERR allowed-hosts (audio_stream.conf.xml, settings): "))
      << answer;
}

TEST_F(Configuration, TheStreamsOfACallAreLimited) {
  load_with(file_of(param("max-streams-per-call", "1")));
  const Call call;
  EXPECT_EQ(call.api("start " + server_.url("/") + " mono"), kOk);
  EXPECT_EQ(call.api("start name=second " + server_.url("/") + " mono"),
            "-ERR this call has 1 stream(s) already, as many as max-streams-per-call in the "
            "configuration allows: stop one first\n");
  const Call other;
  EXPECT_EQ(other.api("start name=other " + server_.url("/") + " mono"), kOk);
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(other.api("stop name=other"), kOk);
  events.wait_for_final();
  events.wait_for_final("other");
}

TEST_F(Configuration, WithoutAllowedFilesAudioBecomesATextWithoutIt) {
  load_with(file_of(param("max-files", "0")));
  const Call call;
  EXPECT_EQ(call.api("start " + server_.url("/") + " mono"), kOk);
  const auto opened = server_.wait_open();
  server_.send_text(opened.connection,
                    R"({"type":"streamAudio","data":{"audioDataType":"wav","audioData":"AAAA"}})");
  EXPECT_EQ(events.wait_for("json").body.find("AAAA"), std::string::npos);
  EXPECT_EQ(call.api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(Configuration, StartsAndReloadsMayRace) {
  load_with(file_of("", profile("p", "")));
  const Call call;
  std::atomic<bool> over{false};
  std::thread reloader{[&] {
    for (int i = 0; !over; ++i) {
      configure(file_of("", profile("p", param("STREAM_HEART_BEAT", std::to_string(i)))));
      api("reload");
    }
  }};
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(call.api("start profile=p name=s" + std::to_string(i) + " ws://127.0.0.1:9/ mono"),
              kOk);
  }
  over = true;
  reloader.join();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(call.api("stop name=s" + std::to_string(i)), kOk);
  for (int i = 0; i < 20; ++i) {
    events.wait_for("a last one", [](const SeenEvent& event) { return event.final(); });
  }
}

TEST_F(Configuration, TheFileWeShipIsRead) {
  const std::ifstream in{CONFIGURATION_FILE};
  std::ostringstream text;
  text << in.rdbuf();
  std::string everything = text.str();
  for (const std::string mark : {"<!-- <param", "/> -->"}) {  // enable all of them
    for (auto at = everything.find(mark); at != std::string::npos; at = everything.find(mark)) {
      everything.replace(at, mark.size(), mark[0] == '<' ? "<param" : "/>");
    }
  }
  for (const auto& file : {text.str(), everything}) {
    LogRecorder log;
    load_with(file);
    EXPECT_TRUE(api("reload").starts_with("+OK Success: "));
    EXPECT_TRUE(log.wait_for("successfully loaded"));
    EXPECT_FALSE(log.holds("audio_stream.conf.xml, ")) << "a warning";
    EXPECT_FALSE(log.holds("no audio_stream.conf"));
  }
}

// As the page docs/dialects/rules.md has it, for a vendor that does not exist.
constexpr const char* kOwnDialect = R"(<dialects>
  <dialect name="acme">
    <send on="open">{"type":"hello","call":"${uuid}","voice":"${voice:-anna}"}</send>
    <ready match="type=welcome" timeout="5000"/>
    <up as="text" codec="pcmu" chunk="20">{"type":"audio","n":${seq},"data":"${audio}"}</up>
    <down match="type=speech" path="data" codec="l16" rate="24000"/>
    <on match="type=stop" do="clear"/>
    <on match="type=mark name" do="mark" name="name">{"type":"reached","name":"${name}","how":"${outcome}"}</on>
    <on match="type=words" do="transcript" who="@speaker" text="text" final="@done"/>
    <on match="type=ping">{"type":"pong","id":${json:id}}</on>
    <send on="end" linger="3000" until="type=bye">{"type":"bye"}</send>
  </dialect>
  <dialect name="broken"><up colour="red"/></dialect>
</dialects>)";

TEST_F(Configuration, AUsersOwnDialectIsSpoken) {
  load_with(R"(<configuration name="audio_stream.conf" description="a test">)" +
            std::string{kOwnDialect} + "</configuration>\n");
  const Call call{{.caller = Speech::tone(440)}};
  EXPECT_NE(call.api("start dialect=broken " + server_.url("/") + " mono").find("no dialect"),
            std::string::npos);
  ASSERT_EQ(call.api("start dialect=acme " + server_.url("/") + " mono"), kOk);
  const int connection = server_.wait_open().connection;
  const auto told = [&] { return nlohmann::json::parse(server_.wait_text(connection)); };
  const auto told_beside_audio = [&] {
    auto message = told();
    while (message["type"] == "audio") message = told();
    return message;
  };
  const auto hello = told();
  EXPECT_EQ(hello["type"], "hello");
  EXPECT_EQ(hello["call"], call.uuid());
  EXPECT_EQ(hello["voice"], "anna");
  server_.send_text(connection, R"({"type":"welcome"})");
  const auto first = told();
  EXPECT_EQ(first["n"], 1);
  EXPECT_EQ(test::base64_decode(first["data"].get<std::string>()).size(), 160U);
  server_.send_text(connection, R"({"type":"ping","id":{"a":[1]}})");
  EXPECT_EQ(told_beside_audio()["id"], nlohmann::json::parse(R"({"a":[1]})"));
  server_.send_text(connection, R"({"type":"words","speaker":"user","text":"hi","done":true})");
  EXPECT_EQ(events.wait_for("transcript").header("Transcript-Who"), "caller");
  server_.send_text(connection, R"({"type":"mark","name":"m"})");
  EXPECT_EQ(told_beside_audio()["how"], "played");
  EXPECT_EQ(call.api("stop"), kOk);
  EXPECT_EQ(told_beside_audio()["type"], "bye");
  server_.send_text(connection, R"({"type":"bye"})");
  EXPECT_EQ(server_.wait_close(connection).by, "client");
  events.wait_for_final();
}

}  // namespace
}  // namespace contract
