#pragma once

#include <switch.h>

#include <memory>

#include "freeswitch/idle_writer.hpp"
#include "freeswitch/media_bug.hpp"

namespace audio_stream::freeswitch {

/// The media bug that plays the server's audio to the caller: WRITE_REPLACE.
///
/// It mixes in place, into the frame that the core shows: see samples_of().
///
/// WRITE_REPLACE makes the core encode each frame. The bug is WRITE_REPLACE only while there is
/// audio to play, and WRITE_STREAM otherwise.
///
/// The callbacks run on whichever thread writes to the call: in a bridge the other leg's, on a call
/// that nobody else writes to the IdleWriter's.
class WriteReplaceBug : public MediaBug {
 public:
  explicit WriteReplaceBug(HeldStream& stream) noexcept : MediaBug{stream} {}

  /// Call it before add(): makes `stream` one of those that the call's IdleWriter writes for.
  /// Throws std::bad_alloc.
  void join_idle_writer(switch_core_session_t* session, const stream::Stream& stream,
                        switch_thread_rwlock_t* module_lock);
  /// Undoes join_idle_writer() where the bug was never added. CLOSE does it otherwise.
  void leave_idle_writer(switch_core_session_t* session) noexcept;
  /// Null if the stream writes nothing to the caller.
  [[nodiscard]] IdleWriter* idle_writer() const noexcept { return idle_writer_.get(); }

  bool add(switch_core_session_t* session);

 private:
  static switch_bool_t callback(switch_media_bug_t* bug, void* self,
                                switch_abc_type_t type) noexcept;
  void on_write(switch_media_bug_t* bug) noexcept;
  void on_write_replace(switch_media_bug_t* bug) noexcept;
  void play_to_caller(switch_media_bug_t* bug) noexcept;

  std::shared_ptr<IdleWriter> idle_writer_;
};

}  // namespace audio_stream::freeswitch
