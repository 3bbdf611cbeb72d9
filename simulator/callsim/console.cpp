#include "console.hpp"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "recorder.hpp"
#include "simulation.hpp"
#include "simulator/core.hpp"
#include "stream_commands.hpp"

namespace callsim {
namespace {

constexpr const char* kHelp = R"(Commands:
  uuid_audio_stream . start ws://host/path mono [rate] [metadata]
  uuid_audio_stream . stop | pause | resume | send_text ...    "." or "$uuid" is this call's uuid
  calls            the calls there are
  say FILE         the caller says a file; also "say tone", "say silence"
  hold | unhold    puts the call on hold, or resumes it
  wait SECONDS     waits, showing events (for scripts)
  hangup           ends the call; the next command that needs one places another
  quit             ends callsim)";

std::pair<std::string, std::string> split_word(const std::string& line) {
  const auto start = line.find_first_not_of(" \t");
  if (start == std::string::npos) return {};
  const auto end = line.find_first_of(" \t", start);
  if (end == std::string::npos) return {line.substr(start), {}};
  const auto rest = line.find_first_not_of(" \t", end);
  return {line.substr(start, end - start), rest == std::string::npos ? "" : line.substr(rest)};
}

class Console {
 public:
  Console(const Arguments& arguments, Screen& screen) : arguments_(arguments), screen_(screen) {}

  void place_call();
  simulator::Call& call();
  /// False to end.
  bool obey(const std::string& line);
  void finish();

 private:
  void command(const std::string& name, const std::string& rest);
  void wait(const std::string& seconds);

  const Arguments& arguments_;
  Screen& screen_;
  std::unique_ptr<Recorder> recorder_;  // outlives the call
  std::unique_ptr<simulator::Call> call_;
};

void Console::place_call() {
  simulator::CallOptions options = call_options(arguments_);
  options.read = source_named(arguments_.caller);
  options.write = source_named(arguments_.callee);
  call_ = std::make_unique<simulator::Call>(options);
  if (!arguments_.record.empty() && !recorder_) {
    recorder_ = std::make_unique<Recorder>(call_->uuid(), recording_mix(arguments_));
  }
}

simulator::Call& Console::call() {
  if (!call_ || call_->is_over()) place_call();
  return *call_;
}

void Console::command(const std::string& name, const std::string& rest) {
  auto [uuid, after] = split_word(rest);
  std::string arguments = rest;
  if (uuid == "." || uuid == "$uuid") {
    arguments = call().uuid() + (after.empty() ? "" : " " + after);
  }
  screen_.line(simulator::api(name, arguments).text);
}

void Console::wait(const std::string& seconds) {
  double length = 0;
  if (!(std::istringstream(seconds) >> length) || length < 0 || length > kMostSeconds) {
    screen_.complaint("wait needs a number of seconds from 0 to 1000000000");
    return;
  }
  const std::chrono::duration<double> duration(length);
  call().wait_until_over(std::chrono::duration_cast<std::chrono::milliseconds>(duration));
}

bool Console::obey(const std::string& line) {
  const auto [word, rest] = split_word(line);
  if (word.empty() || word.starts_with("#")) return true;
  if (word == "quit" || word == "exit") return false;
  if (word == "help") {
    screen_.line(kHelp);
  } else if (word == "calls") {
    const bool up = call_ && !call_->is_over();
    screen_.line(up ? call_->uuid() + "  " + std::to_string(arguments_.rate) + " Hz" : "no call");
  } else if (word == "hangup") {
    if (call_) call_->hangup();
  } else if (word == "hold" || word == "unhold") {
    call().hold(word == "hold");
  } else if (word == "say") {
    call().set_read_source(source_named(rest.empty() ? "silence" : rest));
  } else if (word == "wait") {
    wait(rest);
  } else {
    command(word, rest);
  }
  return true;
}

void Console::finish() {
  call_.reset();
  if (recorder_) recorder_->save(arguments_.record);
}

}  // namespace

int run_console(const Arguments& arguments, std::istream& in, Screen& screen) {
  Console console(arguments, screen);
  console.place_call();
  int result = 0;
  if (!arguments.start.empty()) {
    const std::string reply =
        start_stream(console.call(), StartWords(arguments.start), arguments.app);
    screen.line(reply);
    if (is_refusal(reply)) result = 1;
  }
  const bool prompt = isatty(STDIN_FILENO) != 0;
  for (std::string line;;) {
    if (prompt) std::cout << "callsim> " << std::flush;
    if (!std::getline(in, line)) break;
    try {
      if (!console.obey(line)) break;
    } catch (const std::exception& error) {
      screen.complaint(std::string("callsim: ") + error.what());
    }
  }
  console.finish();
  return result;
}

}  // namespace callsim
