#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "stream/call_command.hpp"
#include "stream/event.hpp"

/// What a stream needs of the switch, and all it knows of it. The adapter implements these
/// interfaces.
namespace audio_stream::stream {

/// The call of a stream. The stream owns it. Its functions do not throw.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  /// I/O thread. If the call has hung up, the event carries what was remembered of it.
  virtual void emit(const Event& event) noexcept = 0;

  /// Removes the tap from the call, if it is still there, and waits for a running callback of it.
  /// The tap reports its end by Stream::media_closed(), before this returns, or later if another
  /// thread is removing it: at a hangup the switch does. May wait for other users of the call, so
  /// never on a media or I/O thread.
  virtual void detach() noexcept = 0;

  /// Does `command` with the call. May wait, as detach() may. The error says why nothing was done.
  virtual tl::expected<void, std::string> perform(const CallCommand& command) noexcept = 0;

  /// Whether the call's media runs through the switch and is not on hold, so that something should
  /// read it. May wait, as detach() may.
  virtual bool should_be_read() noexcept = 0;

  /// I/O thread, the last function called: the stream is over and the tap is removed.
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

  /// `call` is the uuid that the line belongs to; empty for the module itself. No secrets in
  /// `text`.
  virtual void write(Severity severity, const std::string& call,
                     const std::string& text) noexcept = 0;
};

}  // namespace audio_stream::stream
