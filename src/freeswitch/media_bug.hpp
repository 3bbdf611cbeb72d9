#pragma once

#include <switch.h>

#include <atomic>
#include <cstdint>

#include "freeswitch/held_stream.hpp"

namespace audio_stream::freeswitch {

/// What a tap's media bugs have in common: the core's pointer and the reference to the stream.
///
/// Each derived class has the flags of its bug and its callback. The callback calls on_init() and
/// on_close().
class MediaBug {
 public:
  MediaBug(const MediaBug&) = delete;
  MediaBug& operator=(const MediaBug&) = delete;

  /// True from INIT on, unless the core refused the bug. It stays true after CLOSE.
  [[nodiscard]] bool was_added() const noexcept { return bug_.load() != nullptr; }

  /// Takes the bug off, and waits for callbacks that run. Does nothing if the bug is off already or
  /// was never added. The caller holds `session`. Not from inside a callback: the core would wait
  /// for itself.
  void remove(switch_core_session_t* session) noexcept;

 protected:
  explicit MediaBug(HeldStream& stream) noexcept : stream_{stream} {}
  ~MediaBug() = default;

  /// Adds the bug, with `self` as its user data. Frames may flow before this returns. False if the
  /// core refuses; then no CLOSE follows.
  bool add(switch_core_session_t* session, switch_media_bug_callback_t callback, void* self,
           std::uint32_t flags);

  /// INIT is the only place that tells the pointer in time: the core sets the result of
  /// switch_core_media_bug_add() after the first callbacks may have run.
  void on_init(switch_media_bug_t* bug) noexcept { bug_.store(bug); }
  /// The last action of a CLOSE: it drops the bug's reference, and the bug object may be gone then.
  void on_close() noexcept { stream_.release(1); }

  HeldStream& stream_;  // the tap's

 private:
  std::atomic<switch_media_bug_t*> bug_{nullptr};
};

}  // namespace audio_stream::freeswitch
