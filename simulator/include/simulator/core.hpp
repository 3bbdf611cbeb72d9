// Starting the simulated switch, and running commands on it as its own threads would.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "switch.h"

namespace simulator {

struct CoreOptions {
  std::filesystem::path conf_dir;          ///< of [autoload_configs/]<name>.conf.xml; empty: none
  std::filesystem::path mod_dir;           ///< where modules are looked for
  std::filesystem::path temp_dir;          ///< empty: the system's
  switch_core_flag_t flags = SCF_USE_SQL;  ///< without SCF_USE_SQL there is no completion
  bool console = false;                    ///< true: log lines go to stderr
};

/// Runs the core while it lives. Calls and modules must not outlive it, except that the destructor
/// hangs up every call and shuts every module down, as switch_core_destroy does.
/// Throws std::runtime_error when a core runs already.
class SWITCH_DECLARE_DATA Core {
 public:
  explicit Core(const CoreOptions& options = {});
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
};

struct Reply {
  switch_status_t status;
  std::string text;
};

/// Runs an API command on a new thread with FreeSWITCH's 240 KiB stack and waits for it.
SWITCH_DECLARE(Reply)
api(const std::string& command, const std::string& arguments,
    switch_core_session_t* session = nullptr);

/// Runs `task` on a new thread with FreeSWITCH's 240 KiB stack and waits for it.
SWITCH_DECLARE(void) on_switch_thread(const std::function<void()>& task);

/// The console completions registered now, e.g. "uuid_x ::console::list_uuid start".
SWITCH_DECLARE(std::vector<std::string>) completions();

/// Waits until every event fired before this call has been delivered.
SWITCH_DECLARE(void) wait_for_events();

/// Asks before each media bug that a module adds: false refuses it. An empty function asks no more.
SWITCH_DECLARE(void) admit_media_bugs(std::function<bool()> admit);

/// The processor time that a module took of the thread that closed the last media bug.
SWITCH_DECLARE(std::chrono::nanoseconds) last_close_time();

/// What is alive now: take one before and one after, and compare. census() first waits for the
/// events fired so far, so don't call it from an event callback.
struct Census {
  std::size_t sessions = 0;
  std::size_t media_bugs = 0;
  std::size_t events = 0;
  std::size_t event_bindings = 0;
  std::size_t subclasses = 0;
  std::size_t completions = 0;
  std::size_t memory_pools = 0;
  std::size_t modules = 0;
  std::size_t loggers = 0;
  bool operator==(const Census&) const = default;
};
SWITCH_DECLARE(Census) census();
/// One line, e.g. "sessions 1, media bugs 0, ...".
SWITCH_DECLARE(std::string) describe(const Census& census);

}  // namespace simulator
