#pragma once

#include <switch.h>

#include <atomic>
#include <memory>
#include <string>

#include "audio/format.hpp"
#include "audio/leg_frame.hpp"
#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// Our media bug on a call: reads the legs it is asked for and writes them to a stream.
///
/// While it is on, it holds the stream, and so (the stream owns the call, which owns the tap)
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
  static switch_bool_t on_bug(switch_media_bug_t* bug, void* self, switch_abc_type_t type) noexcept;
  void read(switch_media_bug_t* bug) noexcept;
  void close() noexcept;

  const std::string uuid_;
  std::shared_ptr<stream::Stream> stream_;  // from attach() to CLOSE
  std::atomic<switch_media_bug_t*> bug_{nullptr};
};

}  // namespace audio_stream::freeswitch
