#pragma once

#include <switch.h>

#include <cstddef>
#include <memory>

#include "freeswitch/idle_writer.hpp"
#include "freeswitch/media_bug.hpp"
#include "freeswitch/pre_mix_buffer.hpp"

namespace audio_stream::freeswitch {

/// The media bug on what the caller says: READ_STREAM, served in READ_PING.
///
/// READ_PING comes at the end of each read of the channel, a tick of the call, whether or not the
/// read yielded audio. READ would not show the ticks without audio.
///
/// Where the callee hears the server, the bug is READ_REPLACE too while there is audio to play: it
/// mixes that audio in place into what is read from the caller (samples_of). The stream gets the
/// caller's own words from before the mix (PreMixBuffer). While the call has no callee, that is
/// neither a bridge nor a conference, audio for the callee alone waits.
///
/// The callbacks run on the thread that reads the call.
class ReadPingBug : public MediaBug {
 public:
  explicit ReadPingBug(HeldStream& stream) noexcept : MediaBug{stream} {}

  /// Call it before add() if the callee hears the server. Throws std::bad_alloc.
  void enable_play_to_callee() { pre_mix_ = std::make_unique<PreMix>(); }
  /// `idle_writer` watches the ticks for a call that nobody writes to. It is null if the stream
  /// writes nothing to the caller, and outlives the bug otherwise.
  bool add(switch_core_session_t* session, IdleWriter* idle_writer);

 private:
  using PreMix = PreMixBuffer<std::size_t{2} * SWITCH_RECOMMENDED_BUFFER_SIZE>;

  static switch_bool_t callback(switch_media_bug_t* bug, void* self,
                                switch_abc_type_t type) noexcept;
  [[nodiscard]] bool tick(switch_media_bug_t* bug) noexcept;
  [[nodiscard]] bool plays_to_callee(switch_core_session_t* session) const noexcept;
  void play_to_callee(switch_media_bug_t* bug) noexcept;

  IdleWriter* idle_writer_ = nullptr;
  // Allocated on demand: it is as large as all the rest of a stream. Only the reading thread uses
  // it. No frame of the core points into it.
  std::unique_ptr<PreMix> pre_mix_;
};

}  // namespace audio_stream::freeswitch
