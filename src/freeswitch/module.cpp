#include <switch.h>

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "freeswitch/commands.hpp"
#include "freeswitch/hold_events.hpp"
#include "freeswitch/live_configuration.hpp"
#include "freeswitch/media_events.hpp"
#include "freeswitch/module_log.hpp"
#include "stream/engine.hpp"
#include "stream/event.hpp"

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_audio_stream_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_audio_stream_shutdown);
SWITCH_MODULE_DEFINITION(mod_audio_stream, mod_audio_stream_load, mod_audio_stream_shutdown,
                         NULL);  // NOLINT(modernize-use-nullptr): the macro's own style
SWITCH_END_EXTERN_C

namespace audio_stream::freeswitch {
namespace {

constexpr const char* kApi = "uuid_audio_stream";
constexpr const char* kApp = "audio_stream";

// The time that the streams have to end when the module is unloaded.
constexpr std::chrono::milliseconds kShutdownDeadline{2000};

/// Reserves the module's event subclasses while it lives.
class Subclasses {
 public:
  /// False, with an error in the log, if another module has reserved one of them.
  bool reserve() {
    for (const stream::EventKind kind : stream::kEventKinds) {
      const char* name = stream::subclass_of(kind);
      if (switch_event_reserve_subclass(name) != SWITCH_STATUS_SUCCESS) {
        switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR,
                          "Couldn't register an event subclass for mod_audio_stream API: another "
                          "module has reserved %s. Is another mod_audio_stream loaded?\n",
                          name);
        return false;
      }
      names_.push_back(name);
    }
    return true;
  }
  Subclasses() = default;
  Subclasses(const Subclasses&) = delete;
  Subclasses& operator=(const Subclasses&) = delete;
  ~Subclasses() {
    for (const char* name : names_) switch_event_free_subclass(name);
  }

 private:
  std::vector<const char*> names_;
};

/// Registers the words that the console completes with the tab key, while it lives.
class Completions {
 public:
  Completions() {
    for (const char* words :
         {"start wss-url metadata", "start wss-url", "stop", "graceful-shutdown", "clear", "pause",
          "resume", "mask on", "mask off", "send_text"}) {
      add(std::string{"::console::list_uuid "} + words);
    }
    for (const char* word : {"reload", "dialects", "dialect"}) add(word);
  }
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;
  ~Completions() { switch_console_set_complete((std::string{"del "} + kApi).c_str()); }

 private:
  static void add(const std::string& words) {
    switch_console_set_complete((std::string{"add "} + kApi + " " + words).c_str());
  }
};

/// Everything that lives while the module is loaded. It is destroyed in the reverse order.
struct Module {
  explicit Module(switch_thread_rwlock_t* lock)
      : configuration{log},
        engine{stream::Engine::Settings{
                   configuration.now()->io_threads(), SWITCH_GLOBAL_dirs.temp_dir, {}},
               log},
        commands{engine, configuration, log, lock},
        hold_events{commands},
        media_events{commands} {}

  ModuleLog log;
  Subclasses subclasses;
  LiveConfiguration configuration;
  stream::Engine engine;
  Commands commands;
  HoldEvents hold_events;
  MediaEvents media_events;
  std::unique_ptr<Completions> completions;
};

std::unique_ptr<Module> loaded;  // from load to shutdown

SWITCH_STANDARD_API(run_api) {
  static_cast<void>(session);  // the command names the call by its uuid
  std::string reply;
  try {
    reply = loaded->commands.run(cmd == nullptr ? "" : cmd);
  } catch (const std::exception& error) {  // there may be too little memory for a string
    stream->write_function(stream, "-ERR the command failed: %s\n", error.what());
    return SWITCH_STATUS_SUCCESS;
  }
  stream->write_function(stream, "%s\n", reply.c_str());
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_APP(run_app) {
  std::string reply;
  try {
    reply =
        loaded->commands.run_on(switch_core_session_get_uuid(session), data == nullptr ? "" : data);
  } catch (const std::exception&) {  // there may be too little memory for a string
    switch_channel_set_variable(switch_core_session_get_channel(session), "audio_stream_result",
                                "-ERR the command failed, probably for lack of memory");
    return;
  }
  // An application has no other way to reply to the dialplan.
  switch_channel_set_variable(switch_core_session_get_channel(session), "audio_stream_result",
                              reply.c_str());
}

void add_interfaces(switch_loadable_module_interface_t** module_interface) {
  switch_api_interface_t* api_interface = nullptr;
  SWITCH_ADD_API(api_interface, kApi, "Stream a call's audio to a WebSocket", run_api,
                 control::kUsage.data());
  switch_application_interface_t* app_interface = nullptr;
  // Without SAF_SUPPORT_NOMEDIA the core would pre-answer a call that has no media yet, and take a
  // call with bypassed media back. Both are for the dialplan to decide.
  SWITCH_ADD_APP(app_interface, kApp, "Stream the call's audio to a WebSocket",
                 "Takes what follows the uuid in uuid_audio_stream, for the call it runs on. The "
                 "reply is in the channel variable audio_stream_result.",
                 run_app, "start|send_text|stop|graceful-shutdown|clear|pause|resume|mask ...",
                 SAF_SUPPORT_NOMEDIA);
}

}  // namespace
}  // namespace audio_stream::freeswitch

SWITCH_MODULE_LOAD_FUNCTION(mod_audio_stream_load) {
  using namespace audio_stream::freeswitch;
  switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_NOTICE, "mod_audio_stream API loading..\n");
  *module_interface = switch_loadable_module_create_module_interface(pool, modname);
  try {
    auto loading = std::make_unique<Module>((*module_interface)->rwlock);
    if (!loading->subclasses.reserve()) return SWITCH_STATUS_TERM;
    loading->completions = std::make_unique<Completions>();
    loaded = std::move(loading);
  } catch (const std::exception& error) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "mod_audio_stream can't start: %s\n",
                      error.what());
    return SWITCH_STATUS_TERM;
  }
  add_interfaces(module_interface);
  switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_NOTICE,
                    "mod_audio_stream API successfully loaded, version " AUDIO_STREAM_VERSION "\n");
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_audio_stream_shutdown) {
  using namespace audio_stream::freeswitch;
  loaded->commands.end_waiting();
  const auto over = loaded->engine.shutdown(kShutdownDeadline);
  if (over) {
    loaded.reset();
    return SWITCH_STATUS_SUCCESS;
  }
  // A call still has a media bug of the module, or a thread hangs in its code. So the code, and all
  // that it uses, stays. It is not destroyed at the end of the process either, because that would
  // join the thread that hangs.
  switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR,
                    "mod_audio_stream: %s; the module stays loaded\n", over.error().c_str());
  static_cast<void>(loaded.release());
  return SWITCH_STATUS_NOUNLOAD;
}
