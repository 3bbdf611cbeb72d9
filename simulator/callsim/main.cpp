// callsim: a simulated call, streamed by mod_audio_stream to a WebSocket endpoint.
#include <atomic>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

#include "arguments.hpp"
#include "console.hpp"
#include "dialect_check.hpp"
#include "screen.hpp"
#include "simulation.hpp"
#include "simulator/core.hpp"
#include "stream_events.hpp"

namespace {

constexpr const char* kModule = "mod_audio_stream";

std::atomic<bool> loading{true};

// Without --verbose only warnings are worth showing: what fails is told by a reply or an event.
// While the module is loaded there are neither.
switch_status_t show_warning(const switch_log_node_t* node, switch_log_level_t level) {
  if (level == SWITCH_LOG_WARNING) std::cerr << "warning:" << node->content << std::flush;
  if (level == SWITCH_LOG_ERROR && loading) std::cerr << "error:" << node->content << std::flush;
  return SWITCH_STATUS_SUCCESS;
}

int run(const callsim::Arguments& arguments) {
  callsim::Screen screen;
  simulator::CoreOptions options;
  options.conf_dir = arguments.conf;
  options.console = arguments.verbose;
  auto core = std::make_optional<simulator::Core>(options);
  if (!arguments.verbose) switch_log_bind_logger(show_warning, SWITCH_LOG_WARNING, SWITCH_FALSE);
  callsim::StreamEvents events(screen, arguments.json);
  const char* error = nullptr;
  if (switch_loadable_module_load_module("", kModule, SWITCH_TRUE, &error) !=
      SWITCH_STATUS_SUCCESS) {
    screen.complaint(std::string("callsim: ") + kModule + ": " + error);
    return 1;
  }
  loading = false;
  const int result = arguments.console ? callsim::run_console(arguments, std::cin, screen)
                                       : callsim::simulate(arguments, screen, events);
  core.reset();  // while there is still someone to show the last events
  switch_log_unbind_logger(show_warning);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto parsed = callsim::parse_arguments(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    const auto& arguments = std::get<callsim::Arguments>(parsed);
    if (!arguments.check.empty()) return callsim::check_dialects(arguments.check, std::cout);
    return run(arguments);
  } catch (const std::invalid_argument& error) {
    std::cerr << "callsim: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "callsim: " << error.what() << '\n';
    return 1;
  }
}
