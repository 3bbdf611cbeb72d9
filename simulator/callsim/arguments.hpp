// callsim's command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace callsim {

struct Arguments {
  std::string caller;  ///< a file, "tone" or "silence"
  std::string callee;  ///< the same; empty: nobody speaks to the caller
  std::uint32_t rate = 8000;
  std::uint32_t ptime_ms = 20;
  std::map<std::string, std::string> variables;
  std::filesystem::path conf;    ///< folder of the module's configuration; empty: none
  std::filesystem::path check;   ///< a file of dialects to check, and nothing else; empty: none
  std::filesystem::path record;  ///< empty: no recording
  std::string record_mix;        ///< empty: the stream's
  std::chrono::duration<double> connect_timeout{10};
  std::chrono::duration<double> tail{3};
  std::optional<std::chrono::duration<double>> limit;  ///< of the caller's speech
  double speed = 1;
  bool app = false;
  bool console = false;
  bool json = false;
  bool verbose = false;
  std::vector<std::string> start;  ///< what follows "uuid_audio_stream <uuid> start"
};

/// The syntax, on one line.
inline constexpr const char* kUsageLine =
    "Usage: callsim [OPTIONS] [key=value ...] ws://host[:port]/path mono|mixed|stereo [rate] "
    "[metadata]";

/// The longest time, in seconds, that an option or a command takes.
inline constexpr double kMostSeconds = 1e9;

/// The arguments, or the exit code when there is nothing to do, everything having been said.
std::variant<Arguments, int> parse_arguments(int argc, const char* const* argv);

}  // namespace callsim
