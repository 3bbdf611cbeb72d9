#pragma once

#include <switch.h>

#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// Passes the keys that a caller presses to the streams of the call, each key once.
///
/// The core calls the hook where it receives a digit: on the thread that reads the call (RFC 2833,
/// digits found in the audio), the one that reads SIP (INFO), or that of a command. No application
/// has to fetch the digit. The core holds the channel's lock for digits meanwhile. The hook waits
/// only for the lock of a shard.
///
/// A call has one hook, as long as it has streams.
class KeyHook {
 public:
  /// Adds `stream` to those of the call. Throws std::bad_alloc. Not on a media thread.
  static void add(switch_core_session_t* session, stream::Stream& stream);
  /// Undoes add(). When this returns, no hook runs that knows `stream`. Any thread, also in CLOSE
  /// with locks of the core held.
  static void drop(switch_core_session_t* session, stream::Stream& stream) noexcept;
};

}  // namespace audio_stream::freeswitch
