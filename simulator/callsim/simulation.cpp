#include "simulation.hpp"

#include <algorithm>
#include <cstring>
#include <iomanip>
#include <memory>
#include <sstream>

#include "recorder.hpp"
#include "stream_commands.hpp"

namespace callsim {
namespace {

using namespace std::chrono_literals;
using simulator::AudioSource;
using simulator::Call;
using Seconds = std::chrono::duration<double>;

constexpr int kNormal = 0;
constexpr int kFailed = 1;
constexpr auto kEndPatience = 15s;
constexpr auto kProgressInterval = 200ms;
constexpr Seconds kEndlessSpeech{10};

std::chrono::milliseconds whole(Seconds seconds) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(seconds);
}

std::string seconds_text(Seconds played, Seconds total) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << "  " << played.count() << " of " << total.count()
       << " s";
  return text.str();
}

/// Lets the caller speak to the end, unless the stream ends before.
void speak(const Arguments& arguments, Call& call, Screen& screen, StreamEvents& events) {
  AudioSource caller = source_named(arguments.caller);
  const bool endless = !caller.length();
  const bool cut = endless || (arguments.limit && *arguments.limit < *caller.length());
  const Seconds total = cut ? arguments.limit.value_or(kEndlessSpeech) : Seconds(*caller.length());

  if (!arguments.callee.empty()) call.set_write_source(source_named(arguments.callee));
  call.set_read_source(std::move(caller));
  const std::uint64_t before = call.packets_read();
  while (!events.ended() && !call.is_over()) {
    const Seconds played{static_cast<double>(call.packets_read() - before) * arguments.ptime_ms /
                         1000};
    if (cut && played >= total) break;
    screen.progress(seconds_text(std::min(played, total), total));
    auto interval = std::chrono::milliseconds(kProgressInterval);
    if (cut) interval = std::min(interval, whole((total - played) / arguments.speed) + 1ms);
    if (call.wait_for_read_end(interval)) break;
  }
  screen.progress("");
  call.set_read_source(AudioSource::silence());
}

/// The module's -USAGE has the syntax of its command, which is not callsim's.
std::string in_callsims_words(const std::string& refusal) {
  constexpr const char* kUsage = "-USAGE: ";
  const std::size_t syntax = refusal.find(". Syntax: ");
  if (!refusal.starts_with(kUsage) || syntax == std::string::npos) return refusal;
  const std::string missing = refusal.substr(std::strlen(kUsage), syntax - std::strlen(kUsage));
  return "callsim: " + missing + "\n" + kUsageLine + "\nRun with --help for more information.";
}

int stream_call(const Arguments& arguments, Call& call, Screen& screen, StreamEvents& events) {
  const StartWords words(arguments.start);
  const std::string reply = start_stream(call, words, arguments.app);
  if (is_refusal(reply)) {
    screen.complaint(in_callsims_words(reply));
    return kFailed;
  }
  if (!events.wait_for_connection(whole(arguments.connect_timeout))) {
    screen.complaint("callsim: not connected in time (see --connect-timeout)");
    return kFailed;
  }
  if (events.connected()) speak(arguments, call, screen, events);
  if (!events.ended()) events.wait_for_end(whole(arguments.tail));
  if (!events.ended()) {
    const std::string stopped = stop_stream(call, words);
    if (is_refusal(stopped) && !events.ended()) screen.complaint(stopped);
  }
  if (!events.wait_for_end(kEndPatience)) {
    screen.complaint("callsim: the stream's final event did not come");
    return kFailed;
  }
  return events.ended_normally() ? kNormal : kFailed;
}

}  // namespace

AudioSource source_named(const std::string& name) {
  if (name.empty()) return AudioSource::none();
  if (name == "silence") return AudioSource::silence();
  if (name == "tone") return AudioSource::tone(440);
  return AudioSource::wav(name);
}

simulator::CallOptions call_options(const Arguments& arguments) {
  simulator::CallOptions options;
  options.rate = arguments.rate;
  options.ptime_ms = arguments.ptime_ms;
  options.variables = arguments.variables;
  options.speed = arguments.speed;
  return options;
}

std::string recording_mix(const Arguments& arguments) {
  return arguments.record_mix.empty() ? StartWords(arguments.start).mix() : arguments.record_mix;
}

int simulate(const Arguments& arguments, Screen& screen, StreamEvents& events) {
  // Told before anything is called: a file that cannot be read.
  for (const std::string& name : {arguments.caller, arguments.callee}) source_named(name);
  std::unique_ptr<Recorder> recorder;  // outlives the call
  int result = kFailed;
  {
    Call call(call_options(arguments));
    if (!arguments.record.empty()) {
      recorder = std::make_unique<Recorder>(call.uuid(), recording_mix(arguments));
    }
    result = stream_call(arguments, call, screen, events);
  }
  if (recorder) recorder->save(arguments.record);
  return result;
}

}  // namespace callsim
