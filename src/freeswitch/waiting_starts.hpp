#pragma once

#include <switch.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "control/command.hpp"
#include "control/options.hpp"
#include "freeswitch/switch_call.hpp"
#include "stream/engine.hpp"
#include "stream/identity.hpp"

namespace audio_stream::freeswitch {

/// Starts that wait for their call's media (STREAM_WAIT_MEDIA). Each ends in one of four ways: the
/// stream begins, the time is over, the call hangs up, or a command or an unload stops it. All but
/// the first fire the one final event.
///
/// Nothing polls: the switch's events of a call (MediaEvents) cause a look at it, on a worker,
/// because taking a session may wait. Every function may be called from any thread but a media
/// thread, and waits for nothing.
class WaitingStarts : public std::enable_shared_from_this<WaitingStarts> {
 public:
  struct Start {
    stream::Identity identity;
    control::Options options;
    std::unique_ptr<SwitchCall> call;
  };
  /// What the owner does with a start whose call has media now. It outlives the last look.
  struct Actions {
    /// Begins the stream. The error says why it does not.
    std::function<tl::expected<void, std::string>(switch_core_session_t*, Start)> begin;
    /// Another call object for the start's events: begin() uses up the first.
    std::function<std::unique_ptr<SwitchCall>(switch_core_session_t*, const stream::Identity&,
                                              const control::Options&)>
        make_call;
    /// A stop that came while the stream began.
    std::function<void(const stream::Identity&, control::StopCommand)> stop;
  };

  /// `engine` and `log` outlive it.
  WaitingStarts(stream::Engine& engine, stream::Log& log, Actions actions)
      : engine_{engine}, log_{log}, actions_{std::move(actions)} {}

  /// Waits for up to the options' time. Fails if a start of that name waits already, or too many.
  tl::expected<void, std::string> add(Start start);
  [[nodiscard]] bool has(const stream::Identity& identity) const;
  /// Ends the wait. False if there is none of that name.
  bool stop(const stream::Identity& identity, control::StopCommand command);
  /// Something has happened to the call `uuid`: its starts may begin, or end. Cheap if none waits.
  void on_call_event(const char* uuid) noexcept;
  /// The module is being unloaded: ends all, and takes no more.
  void end_all();

 private:
  using Clock = std::chrono::steady_clock;
  using Key = std::pair<std::string, std::string>;  // call, name

  struct Entry {
    std::uint64_t number = 0;
    std::optional<Start> start;  // none while it begins
    std::optional<control::StopCommand> stop;
    Clock::time_point since;
    std::shared_ptr<void> alarm;
  };
  struct Claimed {
    Start start;
    std::chrono::milliseconds waited{0};
  };

  static Key key_of(const stream::Identity& identity) { return {identity.call, identity.name}; }
  bool look_soon(const std::string& call);
  void look(const std::string& call);
  void on_time_over(const Key& key, std::uint64_t number) noexcept;
  void try_begin(const Key& key, bool last);
  void begin(switch_core_session_t* session, const Key& key, Claimed claimed);
  void fail(const Claimed& claimed, const std::string& why);
  std::optional<Claimed> claim(const Key& key, bool keeps_name);
  std::optional<control::StopCommand> drop(const Key& key);

  stream::Engine& engine_;
  stream::Log& log_;
  const Actions actions_;
  std::atomic<std::size_t> count_{0};  // of entries_, for events of calls without a waiting start
  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;  // guarded by mutex_
  std::uint64_t numbered_ = 0;    // guarded by mutex_
  bool closed_ = false;           // guarded by mutex_
};

}  // namespace audio_stream::freeswitch
