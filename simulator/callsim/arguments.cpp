#include "arguments.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace callsim {
namespace {

constexpr int kUsage = 2;

constexpr const char* kDescription =
    R"(callsim: try a WebSocket endpoint without a phone system.

It places a simulated call, streams it with mod_audio_stream as a switch would, and shows every event.
The words after the options are those of "uuid_audio_stream <uuid> start".)";

constexpr const char* kExamples = R"(Examples:

  callsim --caller hello.wav ws://localhost:8080/ mono 8k
      Says hello.wav to the endpoint at 8 kHz, the call's rate, waits 3 s for answers, and ends the stream.

  callsim --caller alice.wav --callee bob.wav --record sent.wav --var STREAM_HEART_BEAT=15 \
          wss://example.org/stt stereo 8k '{"language":"en"}'
      Streams both sides of a conversation, caller left and callee right, with a channel variable and
      metadata. sent.wav gets the same audio.

  callsim --console --caller tone
      Opens a prompt on a call: type "help". It also reads commands from a pipe, e.g.
      printf 'uuid_audio_stream . start ws://localhost:8080/ mono\nwait 5\n' | callsim --console

The caller starts to speak when the stream is connected. Exit code: 0 if the stream connected and
ended normally, 1 if it did not (the reason is shown), 2 if the command line was wrong.)";

class Formatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string) const override {
    return std::string{"\n"} + kUsageLine + "\n";
  }
};

/// A finite number. CLI11's own checks let "nan" through and show a range of 309 digits.
CLI::Validator number_from(double least, bool least_itself) {
  const auto shown = [](double value) { return std::to_string(static_cast<long>(value)); };
  const std::string rule = std::string{"must be a number "} + (least_itself ? "from " : "above ") +
                           shown(least) + " to " + shown(kMostSeconds);
  return CLI::Validator{[=](const std::string& text) {
                          char* end = nullptr;
                          const double value = std::strtod(text.c_str(), &end);
                          const bool whole = !text.empty() && *end == '\0';
                          // No comparison with nan is true.
                          const bool fits = whole && value <= kMostSeconds &&
                                            (least_itself ? value >= least : value > least);
                          return fits ? std::string{} : rule + ", not " + text;
                        },
                        ""};
}

/// What is wrong with a folder for configurations; empty if nothing is.
std::string has_configuration(const std::string& folder) {
  constexpr const char* kFile = "audio_stream.conf.xml";
  const std::filesystem::path path{folder};
  for (const auto& file : {path / "autoload_configs" / kFile, path / kFile}) {
    if (std::filesystem::is_regular_file(file)) return {};
  }
  return "\"" + folder + "\" has no " + kFile;
}

std::map<std::string, std::string> split_variables(const std::vector<std::string>& given) {
  std::map<std::string, std::string> variables;
  for (const std::string& each : given) {
    const auto equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw CLI::ValidationError("--var", "needs NAME=VALUE, not \"" + each + "\"");
    }
    variables[each.substr(0, equals)] = each.substr(equals + 1);
  }
  return variables;
}

}  // namespace

std::variant<Arguments, int> parse_arguments(int argc, const char* const* argv) {
  Arguments arguments;
  std::vector<std::string> variables;
  double tail = arguments.tail.count();
  double connect_timeout = arguments.connect_timeout.count();
  double limit = 0;

  CLI::App app(kDescription, "callsim");
  app.footer(kExamples);
  app.formatter(std::make_shared<Formatter>());
  app.prefix_command();
  app.add_option("--caller", arguments.caller,
                 "What the caller says: a WAV (or FLAC, ...) file, \"tone\" or \"silence\"")
      ->type_name("FILE")
      ->default_str("silence");
  app.add_option("--callee", arguments.callee,
                 "What the caller hears, likewise; without it nobody speaks to the caller")
      ->type_name("FILE");
  app.add_option("--rate", arguments.rate, "The call's sample rate, 8000 to 48000")
      ->capture_default_str();
  app.add_option("--ptime", arguments.ptime_ms, "Milliseconds per packet, 10 to 120")
      ->capture_default_str();
  app.add_option("--var", variables, "Sets a channel variable; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option(
         "--conf", arguments.conf,
         "A configuration folder of FreeSWITCH: the module reads DIR/audio_stream.conf.xml or\n"
         "DIR/autoload_configs/audio_stream.conf.xml. Without it every default holds")
      ->type_name("DIR")
      ->check(has_configuration);
  app.add_option("--check", arguments.check,
                 "Checks a file of dialects, says what is wrong with it, and does nothing else")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  app.add_option(
         "--record", arguments.record,
         "Writes the streamed audio to a WAV file: not the bytes on the wire, but the audio of\n"
         "a tap like the module's own, in the same mix (mono, mixed or stereo) and at the\n"
         "call's rate")
      ->type_name("FILE");
  app.add_option("--record-mix", arguments.record_mix,
                 "Records in another mix than the stream's: mono, mixed or stereo")
      ->type_name("MIX")
      ->check(CLI::IsMember({"mono", "mixed", "stereo"}, CLI::ignore_case));
  app.add_option("--connect-timeout", connect_timeout,
                 "Seconds to wait for the connection, retries included")
      ->capture_default_str()
      ->check(number_from(0, false));
  app.add_option("--tail", tail, "Seconds to wait for answers after the caller's last word")
      ->capture_default_str()
      ->check(number_from(0, true));
  app.add_option("--seconds", limit,
                 "Ends the caller's speech after this many seconds; 10 for a tone or silence")
      ->check(number_from(0, false));
  app.add_option("--speed", arguments.speed, "Runs the call this many times faster than real time")
      ->capture_default_str()
      ->check(number_from(0, false));
  app.add_flag("--app", arguments.app,
               "Starts with the dialplan application audio_stream instead of the API command");
  app.add_flag("--console", arguments.console,
               "Reads commands from the terminal or a pipe; the words of start are then optional");
  app.add_flag("--json", arguments.json, "Shows each event as one JSON object a line");
  app.add_flag("-v,--verbose", arguments.verbose, "Shows the switch's log on stderr");
  app.set_version_flag("--version", std::string("callsim ") + AUDIO_STREAM_VERSION);

  try {
    app.parse(argc, argv);
    arguments.variables = split_variables(variables);
    arguments.start = app.remaining();
    if (!arguments.start.empty() && arguments.start.front() == "--") {
      arguments.start.erase(arguments.start.begin());
    } else if (!arguments.start.empty() && arguments.start.front().starts_with("-")) {
      throw CLI::ExtrasError("callsim", {arguments.start.front()});
    }
    if (arguments.start.empty() && !arguments.console && arguments.check.empty()) {
      throw CLI::RequiredError("a URL and a mix, as in \"ws://localhost:8080/ mono\",");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (arguments.caller.empty()) arguments.caller = "silence";
  arguments.connect_timeout = std::chrono::duration<double>(connect_timeout);
  arguments.tail = std::chrono::duration<double>(tail);
  if (limit > 0) arguments.limit = std::chrono::duration<double>(limit);
  return arguments;
}

}  // namespace callsim
