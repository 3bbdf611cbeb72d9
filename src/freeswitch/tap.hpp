#pragma once

#include <switch.h>

#include <memory>
#include <string>
#include <utility>

#include "freeswitch/held_stream.hpp"
#include "freeswitch/read_ping_bug.hpp"
#include "freeswitch/write_replace_bug.hpp"
#include "freeswitch/write_stream_bug.hpp"
#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// A stream's media bugs on its call, one class each:
///
/// | bug | taps | on the call |
/// | --- | --- | --- |
/// | ReadPingBug | what the caller says; plays to the callee | always |
/// | WriteStreamBug | what the caller hears | with two legs (mixed, stereo) |
/// | WriteReplaceBug | plays to the caller | with playback to the caller, or keep_rtp |
///
/// The core offers one bug for both legs. That one returns the legs in pairs: it tosses what the
/// caller hears where that comes in longer frames, and holds the caller back for the part of a
/// frame that nobody will complete.
///
/// While a bug is on, the tap holds the stream, and so itself: see HeldStream.
class Tap {
 public:
  /// `module_lock` is what the core write-locks to unload the module.
  Tap(std::string uuid, switch_thread_rwlock_t* module_lock)
      : uuid_{std::move(uuid)}, module_lock_{module_lock} {}
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  ~Tap() = default;

  /// Adds the bugs to `session`. Frames may flow before this returns. False if the core refuses
  /// one. Then the tap holds nothing, as when this throws std::bad_alloc.
  bool attach(switch_core_session_t* session, std::shared_ptr<stream::Stream> stream);

  /// Removes the bugs that are on, and waits for callbacks that run. Not from inside a callback:
  /// the core would wait for itself.
  void remove() noexcept;

 private:
  [[nodiscard]] bool add_bugs(switch_core_session_t* session);

  HeldStream stream_;
  ReadPingBug read_ping_{stream_};
  WriteStreamBug write_stream_{stream_};
  WriteReplaceBug write_replace_{stream_};
  const std::string uuid_;
  switch_thread_rwlock_t* const module_lock_;
};

}  // namespace audio_stream::freeswitch
