#pragma once

#include <switch.h>

#include <memory>
#include <string>
#include <string_view>

#include "control/command.hpp"
#include "freeswitch/live_configuration.hpp"
#include "freeswitch/switch_call.hpp"
#include "freeswitch/waiting_starts.hpp"
#include "stream/engine.hpp"

namespace audio_stream::freeswitch {

/// Runs the commands of the API and of the application. Every reply is one line: "+OK Success",
/// "-ERR <reason>" or "-USAGE: <syntax>". Any thread of the switch but a media thread.
class Commands {
 public:
  /// `module_lock` is what the core write-locks to unload the module.
  Commands(stream::Engine& engine, LiveConfiguration& configuration, stream::Log& log,
           switch_thread_rwlock_t* module_lock);

  /// "<uuid> <verb> ..." or "reload", as the API command has it.
  std::string run(std::string_view line);
  /// "<verb> ...", as the application has it, for the call it runs on. `prefix` precedes a
  /// syntax in the reply.
  std::string run_on(const std::string& uuid, std::string_view line, std::string_view prefix = {});
  /// Something happened to that call that may have brought its media, or ended it.
  void on_media_event(const char* uuid) noexcept { waiting_->on_call_event(uuid); }
  /// The module is being unloaded: ends the starts that wait for media.
  void end_waiting() { waiting_->end_all(); }
  /// That call was put on hold, or resumed.
  void held(const std::string& uuid, bool on);

 private:
  std::string start(const stream::Identity& identity, control::StartCommand command);
  [[nodiscard]] std::unique_ptr<SwitchCall> call_of(switch_core_session_t* session,
                                                    const stream::Identity& identity,
                                                    const control::Options& options);
  tl::expected<void, std::string> begin(switch_core_session_t* session, WaitingStarts::Start start);
  std::string stop(const stream::Identity& identity, control::StopCommand command);
  std::string send_text(const stream::Identity& identity, std::string text);
  std::string clear(const stream::Identity& identity, const control::ClearCommand& command);
  std::string mask(const stream::Identity& identity, const control::MaskCommand& command);
  std::string pause(const stream::Identity& identity, bool paused);
  std::string reload();
  std::string dialects();
  std::string dialect(const std::string& name);
  std::string no_stream(const stream::Identity& identity);
  std::string refuse(const std::string& uuid, const std::string& reason);

  stream::Engine& engine_;
  LiveConfiguration& configuration_;
  stream::Log& log_;
  switch_thread_rwlock_t* module_lock_;
  const std::shared_ptr<WaitingStarts> waiting_;
};

}  // namespace audio_stream::freeswitch
