#pragma once

#include <switch.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "audio/leg_frame.hpp"
#include "freeswitch/idle_writer.hpp"
#include "freeswitch/pre_mix_buffer.hpp"
#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// Our media bugs on a call: one reads what the caller says, and, for two legs, another what the
/// caller hears. Where the server is heard by the caller a third puts that into what is written to
/// the call; the first one does, by the callee, in what is read.
///
/// The server's audio is mixed in place, into the buffer of the frame the core shows. The core goes
/// on using a frame after the bugs have seen it and without any lock that would keep this alive: it
/// encodes what is written, and an application has what is read until it reads again. So no memory
/// of ours may ever be a frame's.
///
/// Not one for both, as the core offers: such a bug hands out the legs in pairs, and to do so it
/// tosses what the caller hears where it comes in longer frames, and holds up the caller for a part
/// of a frame that nobody will complete.
///
/// While a bug is on, this holds the stream, and so (the stream owns the call, which owns the tap)
/// itself. CLOSE, which the core calls exactly once for a bug that was added, releases it.
class Tap {
 public:
  /// `module_lock` is what the core write-locks to unload the module.
  Tap(std::string uuid, switch_thread_rwlock_t* module_lock)
      : uuid_{std::move(uuid)}, module_lock_{module_lock} {}
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  ~Tap() = default;

  /// Puts the tap on `session`. Frames may flow before this returns. False if the core refuses, in
  /// which case nothing is held; nor is anything if this throws for want of memory.
  bool attach(switch_core_session_t* session, std::shared_ptr<stream::Stream> stream);

  /// Takes it off, unless it is off or about to be, and waits for callbacks that run. Not from
  /// inside a callback: the core would wait for itself.
  void remove() noexcept;

 private:
  [[nodiscard]] bool add_all(switch_core_session_t* session);
  bool add(switch_core_session_t* session, std::atomic<switch_media_bug_t*>& bug,
           switch_media_bug_callback_t callback, std::uint32_t flags);
  static switch_bool_t on_said(switch_media_bug_t* bug, void* self,
                               switch_abc_type_t type) noexcept;
  static switch_bool_t on_heard(switch_media_bug_t* bug, void* self,
                                switch_abc_type_t type) noexcept;
  static switch_bool_t on_played(switch_media_bug_t* bug, void* self,
                                 switch_abc_type_t type) noexcept;
  [[nodiscard]] bool tick(switch_media_bug_t* bug) noexcept;
  void hear(switch_media_bug_t* bug) noexcept;
  void hear_frame(switch_media_bug_t* bug) noexcept;
  void play_to_caller(switch_media_bug_t* bug) noexcept;
  void play_to_callee(switch_media_bug_t* bug) noexcept;
  void release_bugs(int bugs) noexcept;

  std::shared_ptr<stream::Stream> stream_;  // from attach() to the last CLOSE
  std::atomic<int> open_{0};                // bugs that are on, or about to be
  bool refused_ = false;                    // one of them was, by the core
  std::atomic<switch_media_bug_t*> said_{nullptr};
  std::atomic<switch_media_bug_t*> heard_{nullptr};
  std::atomic<switch_media_bug_t*> played_{nullptr};

  using PreMix = PreMixBuffer<std::size_t{2} * SWITCH_RECOMMENDED_BUFFER_SIZE>;

  std::shared_ptr<IdleWriter> idle_writer_;  // only where the caller hears the server
  // Only where the callee hears the server: as large as all the rest of a stream. The reading
  // thread's, and never the core's: no frame points into it.
  std::unique_ptr<PreMix> pre_mix_;
  const std::string uuid_;
  switch_thread_rwlock_t* const module_lock_;
};

}  // namespace audio_stream::freeswitch
