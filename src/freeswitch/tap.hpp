#pragma once

#include <switch.h>

#include <atomic>
#include <memory>
#include <string>

#include "audio/leg_frame.hpp"
#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// Our media bugs on a call: one reads what the caller says, and, for two legs, another what the
/// caller hears.
///
/// Not one for both, as the core offers: such a bug hands out the legs in pairs, and to do so it
/// tosses what the caller hears where it comes in longer frames, and holds up the caller for a part
/// of a frame that nobody will complete.
///
/// While a bug is on, this holds the stream, and so (the stream owns the call, which owns the tap)
/// itself. CLOSE, which the core calls exactly once for a bug that was added, lets go of it.
class Tap {
 public:
  explicit Tap(std::string uuid) : uuid_{std::move(uuid)} {}
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  /// Puts the tap on `session`. Frames may flow before this returns. False if the core refuses, in
  /// which case nothing is held.
  bool attach(switch_core_session_t* session, std::shared_ptr<stream::Stream> stream);

  /// Takes it off, unless it is off or about to be, and waits for callbacks that run. Not from
  /// inside a callback: the core would wait for itself.
  void remove() noexcept;

 private:
  bool add(switch_core_session_t* session, std::atomic<switch_media_bug_t*>& bug,
           switch_media_bug_callback_t callback, std::uint32_t flags);
  static switch_bool_t on_said(switch_media_bug_t* bug, void* self,
                               switch_abc_type_t type) noexcept;
  static switch_bool_t on_heard(switch_media_bug_t* bug, void* self,
                                switch_abc_type_t type) noexcept;
  void tick(switch_media_bug_t* bug) noexcept;
  void hear(switch_media_bug_t* bug) noexcept;
  void hear_frame(switch_media_bug_t* bug) noexcept;
  void closed() noexcept;

  const std::string uuid_;
  std::shared_ptr<stream::Stream> stream_;  // from attach() to the last CLOSE
  std::atomic<int> open_{0};                // bugs that are on
  std::atomic<switch_media_bug_t*> said_{nullptr};
  std::atomic<switch_media_bug_t*> heard_{nullptr};
};

}  // namespace audio_stream::freeswitch
