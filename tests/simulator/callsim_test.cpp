// callsim as its user sees it: what it prints, writes and returns.
#include <gtest/gtest.h>
#include <sndfile.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

struct Outcome {
  int code;
  std::string output;  // stdout and stderr
};

Outcome shell(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) output += piece.data();
  return {WEXITSTATUS(pclose(pipe)), output};
}

Outcome callsim(const std::string& arguments) {
  return shell(std::string(CALLSIM) + " " + arguments);
}

struct Recording {
  SF_INFO info{};
  std::vector<std::int16_t> pcm;
};

Recording recorded(const std::string& path) {
  Recording recording;
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &recording.info);
  if (file == nullptr) return recording;
  recording.pcm.resize(static_cast<std::size_t>(recording.info.frames) *
                       static_cast<std::size_t>(recording.info.channels));
  sf_readf_short(file, recording.pcm.data(), recording.info.frames);
  sf_close(file);
  return recording;
}

class Callsim : public ::testing::Test {
 protected:
  Callsim()
      : directory_(std::filesystem::temp_directory_path() /
                   ("callsim_test_" + std::to_string(getpid()))) {
    std::filesystem::create_directory(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }
  /// A file of that many samples, all of one level.
  [[nodiscard]] std::string wav(const std::string& name, std::size_t samples,
                                std::int16_t level) const {
    SF_INFO info{};
    info.samplerate = 8000;
    info.channels = 1;
    info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    SNDFILE* file = sf_open(path(name).c_str(), SFM_WRITE, &info);
    const std::vector<std::int16_t> pcm(samples, level);
    sf_writef_short(file, pcm.data(), static_cast<sf_count_t>(samples));
    sf_close(file);
    return path(name);
  }

 private:
  std::filesystem::path directory_;
};

TEST_F(Callsim, StreamsAFileAndShowsTheEvents) {
  const Outcome outcome = callsim("--speed 10 --tail 0 --caller " + wav("a.wav", 8000, 100) +
                                  " ws://host/ mono 16k '{\"a b\": 1}'");
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("connect    {\"status\":\"connected\"}"), std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("json       mono 16k {\"a b\": 1}"), std::string::npos);
  EXPECT_NE(outcome.output.find("disconnect"), std::string::npos);
}

TEST_F(Callsim, ShowsEventsAsJson) {
  const Outcome outcome =
      callsim("--json --speed 10 --seconds 0.1 --tail 0 --app ws://host/ mono 8k");
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find(R"({"event":"mod_audio_stream::connect","headers":{)"
                                R"("Stream-Name":"default","Stream-Final":"false","Unique-ID":")"),
            std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find(R"("body":{"status":"connected"}})"), std::string::npos);
  EXPECT_NE(outcome.output.find(R"("body":"mono 8k"})"), std::string::npos) << "not JSON itself";
}

TEST_F(Callsim, RecordsBothSides) {
  for (const char* mix : {"stereo 8k", "mono 8k"}) {
    SCOPED_TRACE(mix);
    const Outcome outcome = callsim("--speed 10 --tail 0 --record " + path("sent.wav") +
                                    (*mix == 'm' ? " --record-mix stereo" : "") + " --caller " +
                                    wav("a.wav", 8000, 100) + " --callee " +
                                    wav("b.wav", 8000, 200) + " ws://host/ " + mix);
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    const Recording recording = recorded(path("sent.wav"));
    ASSERT_EQ(recording.info.channels, 2);
    EXPECT_EQ(recording.info.samplerate, 8000);
    EXPECT_GE(recording.info.frames, 8000);
    std::size_t caller = 0;
    std::size_t callee = 0;
    for (std::size_t i = 0; i < recording.pcm.size(); i += 2) {
      if (recording.pcm[i] == 100) ++caller;
      if (recording.pcm[i + 1] == 200) ++callee;
    }
    EXPECT_EQ(caller, 8000U);
    EXPECT_GT(callee, 1000U) << "a late write side is padded, one that is ahead is tossed";
  }
  EXPECT_EQ(callsim("--record-mix trio ws://host/ mono").code, 2);
}

TEST_F(Callsim, FailsWhenItCannotConnect) {
  const Outcome refused = callsim("ws://refuse/ mono");
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.output.find("-ERR refused"), std::string::npos);
  EXPECT_EQ(callsim("ws://unreachable/ mono").code, 1);
  EXPECT_EQ(callsim("--app ws://refuse/ mono").code, 1);
}

TEST_F(Callsim, SaysWhatIsMissingInItsOwnSyntax) {
  const Outcome outcome = callsim("ws://host/");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(outcome.output.starts_with("callsim: start needs a mix type\nUsage: callsim ["))
      << outcome.output;
  EXPECT_EQ(outcome.output.find("<uuid>"), std::string::npos) << outcome.output;
}

TEST_F(Callsim, TakesOnlyFiniteNumbersAndSaysWhichOnes) {
  for (const char* option : {"--seconds", "--tail", "--speed", "--connect-timeout"}) {
    for (const char* value : {"nan", "inf", "-1", "1e10", "x", "''"}) {
      const Outcome outcome = callsim(std::string{option} + " " + value + " ws://hangup/ mono");
      EXPECT_EQ(outcome.code, 2) << option << " " << value << ": " << outcome.output;
      EXPECT_NE(outcome.output.find("to 1000000000"), std::string::npos) << outcome.output;
      EXPECT_LT(outcome.output.size(), 200U) << outcome.output;
    }
  }
  EXPECT_EQ(callsim("--seconds 0.1 --tail 0 --speed 2.5 ws://hangup/ mono").code, 0);
}

TEST_F(Callsim, EndsWhenTheServerDoes) {
  EXPECT_EQ(callsim("ws://hangup/ mono").code, 0) << "long before the 10 s of silence are over";
}

TEST_F(Callsim, TeachesItsUse) {
  EXPECT_EQ(callsim("").code, 2);
  EXPECT_EQ(callsim("--nonsense").code, 2);
  EXPECT_EQ(callsim("-- ws://hangup/ mono").code, 0);
  EXPECT_EQ(callsim("--var oops ws://host mono").code, 2);
  EXPECT_EQ(callsim("--ptime 15 ws://host mono").code, 2);
  const Outcome help = callsim("--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.output.find("Examples:"), std::string::npos);
  const Outcome version = callsim("--version");
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.output.rfind("callsim ", 0), 0U) << version.output;
  const Outcome absent = callsim("--caller absent.wav ws://host mono");
  EXPECT_EQ(absent.code, 1);
  EXPECT_NE(absent.output.find("absent.wav"), std::string::npos);
}

TEST_F(Callsim, ReadsTheConfigurationItIsTold) {
  const auto write = [&](const std::string& folder) {
    std::filesystem::create_directories(path(folder));
    std::ofstream{path(folder) + "/audio_stream.conf.xml"}
        << "<configuration name='audio_stream.conf' description='of " << folder << "'/>";
  };
  write("flat");
  write("tree/autoload_configs");
  for (const char* folder : {"flat", "tree"}) {
    const Outcome outcome = callsim("-v --conf " + path(folder) + " ws://hangup/ mono");
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_NE(outcome.output.find(std::string{"configured of "} + folder), std::string::npos)
        << outcome.output;
  }
  const Outcome absent = callsim("--conf " + path("absent") + " ws://hangup/ mono");
  EXPECT_EQ(absent.code, 2);
  EXPECT_NE(absent.output.find("has no audio_stream.conf.xml"), std::string::npos) << absent.output;
  EXPECT_EQ(callsim("-v ws://hangup/ mono").output.find("configured"), std::string::npos);
}

TEST_F(Callsim, ObeysCommandsFromAPipe) {
  const Outcome outcome = shell(
      "printf 'help\\ncalls\\nuuid_audio_stream . start ws://host/ mono\\n"
      "uuid_audio_stream $uuid send_text hello\\nhold\\nunhold\\nsay tone\\nwait 0.2\\n"
      "uuid_audio_stream . stop\\nhangup\\ncalls\\nnonsense\\nquit\\n' | " CALLSIM " --console");
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("uuid_audio_stream . start"), std::string::npos);
  EXPECT_NE(outcome.output.find("+OK Success"), std::string::npos);
  EXPECT_NE(outcome.output.find("json       hello"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("disconnect"), std::string::npos);
  EXPECT_NE(outcome.output.find("no call"), std::string::npos);
  EXPECT_NE(outcome.output.find("INVALID COMMAND!"), std::string::npos);
}

TEST_F(Callsim, StartsAStreamInTheConsoleToo) {
  const Outcome outcome = shell("printf 'wait 0.1\\n' | " CALLSIM " --console ws://host/ mono");
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("connect"), std::string::npos);
}

}  // namespace
