#pragma once

#include <switch.h>

#include <functional>
#include <string>
#include <vector>

/// The switch that the contract tests run in, by its C API alone: the same source speaks to the
/// simulator and to libfreeswitch.
namespace contract {

/// Where the tests keep what the switch writes; made by the host, removed with it.
const std::string& temp_dir();

/// Files that the module left in the switch's folder for temporary files.
std::vector<std::string> temp_files();

/// Runs `uuid_audio_stream <line>` as the event socket would, and returns the reply.
std::string api(const std::string& line);

/// Makes `text` the module's configuration file, and tells the switch; or removes it. The module
/// reads it when it is loaded or told to.
void configure(const std::string& text);
void remove_configuration();

/// Loads or unloads the module under test; the error if that was refused, else empty. By force it
/// is unloaded even with streams running, as when the switch itself ends.
std::string load_module();
std::string unload_module(bool force = false);

/// Unloads the module once nothing uses it: a stream is gone a moment after its last event. The
/// error if it stays in use.
std::string unload_idle_module();

/// Whether the switch keeps threads and descriptors of its own for later use, so that comparing
/// before and after says nothing.
bool switch_keeps_threads();

/// Whether the switch itself uses operator new, as the simulator does. Then an allocation that
/// fails may be the switch's own, and of those only a media bug's may fail.
bool switch_uses_operator_new();

/// How the core is to be started: with a database only where that costs nothing.
switch_core_flag_t core_flags();

/// Starts the switch, runs `body`, and stops it again: for main(). 1 if it did not start.
int in_switch(const std::function<int()>& body);

}  // namespace contract
