#pragma once

#include <switch.h>

#include "freeswitch/media_bug.hpp"

namespace audio_stream::freeswitch {

/// The media bug on what the caller hears, for a stream of two legs: WRITE_STREAM.
///
/// The callbacks run on whichever thread writes to the call: in a bridge the other leg's.
class WriteStreamBug : public MediaBug {
 public:
  explicit WriteStreamBug(HeldStream& stream) noexcept : MediaBug{stream} {}

  bool add(switch_core_session_t* session);

 private:
  static switch_bool_t callback(switch_media_bug_t* bug, void* self,
                                switch_abc_type_t type) noexcept;
  void read_bug(switch_media_bug_t* bug) noexcept;
  void read_passing_frame(switch_media_bug_t* bug) noexcept;
};

}  // namespace audio_stream::freeswitch
