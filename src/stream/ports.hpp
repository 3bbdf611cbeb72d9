#pragma once

#include <cstdint>
#include <string>

#include "stream/event.hpp"

/// What a stream needs of the switch, and all it knows of it. The adapter implements these.
namespace audio_stream::stream {

/// The call a stream belongs to. Owned by the stream; its functions throw nothing.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  /// I/O thread. The call may have hung up long ago; what was known of it still goes into the
  /// event.
  virtual void emit(const Event& event) noexcept = 0;

  /// Takes the tap off the call, if it is still there, and waits for a callback of it that runs.
  /// The tap tells of its end itself, before this returns (Stream::media_closed()), or after it
  /// where another thread is at it: while the call hangs up the switch takes it off. May wait for
  /// other users of the call: never on a media or I/O thread.
  virtual void detach() noexcept = 0;

  /// I/O thread, the last call: the stream is over and the tap is off.
  virtual void ended() noexcept = 0;
};

enum class Severity : std::uint8_t { debug, info, notice, warning, error };

/// The switch's log. Any thread but a media thread; never per frame.
class Log {
 public:
  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  virtual ~Log() = default;

  /// `call` is the uuid the line belongs to; empty: the module itself. No secrets in `text`.
  virtual void write(Severity severity, const std::string& call,
                     const std::string& text) noexcept = 0;
};

}  // namespace audio_stream::stream
