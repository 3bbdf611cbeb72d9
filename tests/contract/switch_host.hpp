#pragma once

#include <switch.h>

#include <functional>
#include <string>
#include <vector>

/// The switch of the contract tests, used only through its C API, so that the same source runs with
/// the simulator and with libfreeswitch.
namespace contract {

/// The folder for the switch's files. The host makes and removes it.
const std::string& temp_dir();

/// Files of the module in the switch's folder for temporary files.
std::vector<std::string> temp_files();

/// Runs `uuid_audio_stream <line>` as the event socket would, and returns the reply.
std::string api(const std::string& line);

/// Writes or removes the module's configuration file and reloads the switch's XML. The module reads
/// the file when it is loaded or told to reload.
void configure(const std::string& text);
/// The same without telling the switch.
void write_configuration(const std::string& text);
void remove_configuration();

/// Loads or unloads the module under test. Returns the error if that was refused, else an empty
/// string. `force` unloads it with streams running, as the switch does at its own end.
std::string load_module();
std::string unload_module(bool force = false);

/// Unloads the module once nothing uses it: a stream ends a moment after its last event. Returns
/// the error if the module stays in use.
std::string unload_idle_module();

/// Whether the switch keeps threads and descriptors for later use, so that comparing before and
/// after means nothing.
bool switch_keeps_threads();

/// Whether the switch itself uses operator new, as the simulator does. Then a failing allocation
/// may be the switch's own, and only a media bug's may fail.
bool switch_uses_operator_new();

/// Flags for starting the core: a database only if it costs nothing.
switch_core_flag_t core_flags();

/// Starts the switch, runs `body`, and stops the switch, for main(). Returns 1 if it did not start.
int in_switch(const std::function<int()>& body);

}  // namespace contract
