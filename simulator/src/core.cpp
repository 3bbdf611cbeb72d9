// Starting and stopping the core, and its small helpers.
#include "simulator/core.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <initializer_list>
#include <random>
#include <stdexcept>
#include <thread>

#include "c_memory.hpp"
#include "completion.hpp"
#include "event.hpp"
#include "event_dispatch.hpp"
#include "event_subclasses.hpp"
#include "global_variables.hpp"
#include "log.hpp"
#include "media_bug.hpp"
#include "memory_pool.hpp"
#include "module_registry.hpp"
#include "session.hpp"
#include "xml.hpp"

switch_directories SWITCH_GLOBAL_dirs{};

namespace {

enum class Stage { stopped, running, stopping };
std::atomic<Stage> stage{Stage::stopped};
std::atomic<switch_core_flag_t> core_flags{SCF_NONE};
std::array<char, SWITCH_UUID_FORMATTED_LENGTH + 1> core_uuid{};

void set_directory(char*& directory, const std::string& value) {
  const simulator::CString old(directory);
  directory = value.empty() ? nullptr : simulator::c_string(value).release();
}

void default_directory(char*& directory, const std::string& value) {
  if (directory == nullptr) set_directory(directory, value);
}

void for_each_directory(void (*action)(char*&)) {
  switch_directories& d = SWITCH_GLOBAL_dirs;
  for (char** each :
       {&d.base_dir,    &d.mod_dir,    &d.conf_dir,       &d.log_dir,    &d.run_dir,
        &d.db_dir,      &d.script_dir, &d.temp_dir,       &d.htdocs_dir, &d.grammar_dir,
        &d.storage_dir, &d.cache_dir,  &d.recordings_dir, &d.sounds_dir, &d.lib_dir,
        &d.certs_dir,   &d.fonts_dir,  &d.images_dir,     &d.data_dir,   &d.localstate_dir}) {
    action(*each);
  }
}

std::int64_t microseconds(auto time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

}  // namespace

void switch_core_set_globals() {
  const std::string temp = std::filesystem::temp_directory_path().string();
  switch_directories& d = SWITCH_GLOBAL_dirs;
  default_directory(d.temp_dir, temp);
  // No configuration unless somebody names one: what lies in /tmp is anybody's.
  for (char** each : {&d.base_dir, &d.mod_dir, &d.log_dir, &d.run_dir, &d.db_dir, &d.recordings_dir,
                      &d.sounds_dir, &d.storage_dir, &d.cache_dir}) {
    default_directory(*each, temp);
  }
}

switch_status_t switch_core_init(switch_core_flag_t flags, switch_bool_t console,
                                 const char** err) {
  *err = "";
  Stage expected = Stage::stopped;
  if (!stage.compare_exchange_strong(expected, Stage::running)) {
    *err = "the core is running already";
    return SWITCH_STATUS_FALSE;
  }
  core_flags = flags;
  switch_uuid_str(core_uuid.data(), core_uuid.size());
  switch_core_set_globals();
  simulator::log_to_console(console == SWITCH_TRUE);
  simulator::start_completion();
  simulator::start_event_dispatch();
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_init_and_modload(switch_core_flag_t flags, switch_bool_t console,
                                             const char** err) {
  const switch_status_t status = switch_core_init(flags, console, err);
  if (status != SWITCH_STATUS_SUCCESS) return status;
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, SWITCH_EVENT_STARTUP) == SWITCH_STATUS_SUCCESS) {
    switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Event-Info", "System Ready");
    switch_event_fire(&event);
  }
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_destroy() {
  Stage expected = Stage::running;
  if (!stage.compare_exchange_strong(expected, Stage::stopping)) return SWITCH_STATUS_FALSE;
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, SWITCH_EVENT_SHUTDOWN) == SWITCH_STATUS_SUCCESS) {
    switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Event-Info",
                                   "System Shutting Down");
    switch_event_fire(&event);
  }
  switch_core_session_hupall(SWITCH_CAUSE_SYSTEM_SHUTDOWN);
  // As in the real core nobody waits here: a module's shutdown may meet calls not yet gone.
  simulator::shut_modules_down();
  simulator::wait_for_sessions_to_end();
  simulator::stop_event_dispatch();
  simulator::forget_completions();
  simulator::forget_global_variables();
  simulator::forget_configuration_files();
  for_each_directory([](char*& directory) { set_directory(directory, {}); });
  simulator::log_to_console(false);
  stage = Stage::stopped;
  return SWITCH_STATUS_SUCCESS;
}

switch_core_flag_t switch_core_flags() {
  return core_flags;
}
switch_bool_t switch_core_ready() {
  return stage == Stage::running ? SWITCH_TRUE : SWITCH_FALSE;
}
char* switch_core_get_uuid() {
  return core_uuid.data();
}
const char* switch_core_get_hostname() {
  return "simulator";
}
const char* switch_core_get_switchname() {
  return "simulator";
}
const char* switch_version_full() {
  return "simulated FreeSWITCH 1.10";
}

switch_time_t switch_micro_time_now() {
  return microseconds(std::chrono::system_clock::now());
}
switch_time_t switch_time_now() {
  return switch_micro_time_now();
}
switch_time_t switch_mono_micro_time_now() {
  return microseconds(std::chrono::steady_clock::now());
}
time_t switch_epoch_time_now(time_t* t) {
  const time_t now = switch_micro_time_now() / 1000000;
  if (t != nullptr) *t = now;
  return now;
}
void switch_sleep(switch_interval_time_t t) {
  std::this_thread::sleep_for(std::chrono::microseconds(t));
}

switch_bool_t switch_is_number(const char* str) {
  if (str != nullptr && (*str == '-' || *str == '+')) ++str;
  if (zstr(str)) return SWITCH_FALSE;
  return std::all_of(str, str + std::strlen(str),
                     [](char c) { return c == '.' || (c >= '0' && c <= '9'); })
             ? SWITCH_TRUE
             : SWITCH_FALSE;
}

char* switch_copy_string(char* dst, const char* src, switch_size_t dst_size) {
  if (dst == nullptr || dst_size == 0) return nullptr;
  if (src == nullptr) src = "";
  const std::size_t length = std::min(std::strlen(src), static_cast<std::size_t>(dst_size - 1));
  std::memcpy(dst, src, length);
  dst[length] = '\0';
  return dst + length;
}

char* switch_uuid_str(char* buf, switch_size_t len) {
  std::random_device random;
  std::array<unsigned, 4> word{};
  for (unsigned& each : word) each = random();
  (void)std::snprintf(buf, len, "%08x-%04x-4%03x-%04x-%04x%08x", word[0], word[1] >> 16U,
                      word[1] & 0xfffU, 0x8000U | (word[2] >> 18U), word[2] & 0xffffU, word[3]);
  return buf;
}

namespace simulator {

Core::Core(const CoreOptions& options) {
  switch_directories& d = SWITCH_GLOBAL_dirs;
  if (!options.conf_dir.empty()) set_directory(d.conf_dir, options.conf_dir.string());
  if (!options.mod_dir.empty()) set_directory(d.mod_dir, options.mod_dir.string());
  if (!options.temp_dir.empty()) set_directory(d.temp_dir, options.temp_dir.string());
  const char* error = nullptr;
  const switch_bool_t console = options.console ? SWITCH_TRUE : SWITCH_FALSE;
  if (switch_core_init_and_modload(options.flags, console, &error) != SWITCH_STATUS_SUCCESS) {
    throw std::runtime_error(error);
  }
}

Core::~Core() {
  switch_core_destroy();
}

Census census() {
  wait_for_events();
  return {.sessions = sessions_alive(),
          .media_bugs = media_bugs_alive(),
          .events = events_alive(),
          .event_bindings = event_bindings(),
          .subclasses = subclasses_reserved(),
          .completions = completions_registered(),
          .memory_pools = memory_pools_alive(),
          .modules = modules_loaded(),
          .loggers = loggers_bound()};
}

std::string describe(const Census& census) {
  std::string text;
  const auto add = [&](const char* what, std::size_t count) {
    text += (text.empty() ? "" : ", ") + std::string(what) + " " + std::to_string(count);
  };
  add("sessions", census.sessions);
  add("media bugs", census.media_bugs);
  add("events", census.events);
  add("event bindings", census.event_bindings);
  add("subclasses", census.subclasses);
  add("completions", census.completions);
  add("memory pools", census.memory_pools);
  add("modules", census.modules);
  add("loggers", census.loggers);
  return text;
}

}  // namespace simulator
