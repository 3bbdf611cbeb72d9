#pragma once

#include <cstdint>
#include <string_view>

namespace audio_stream::stream {

/// The state of a stream. docs/ownership.md has the table of transitions.
enum class State : std::uint8_t {
  starting,     ///< made, not yet told to begin
  connecting,   ///< an attempt is under way
  streaming,    ///< connected
  paused,       ///< connected; the application wants no audio sent
  waiting,      ///< the connection was lost or refused; the next attempt comes later
  draining,     ///< told to stop: what is queued is being delivered
  playing_out,  ///< the server closed normally; the call plays the rest of its audio
  ended,        ///< the final event was fired
};

/// What can happen to a stream.
enum class Input : std::uint8_t {
  begin,        ///< the media bug is in place
  opened,       ///< the attempt succeeded
  failed,       ///< the attempt failed, but another may succeed
  refused,      ///< the attempt failed, and so would any other
  closed,       ///< the server closed in good order (1000)
  lost,         ///< the connection ended in any other way
  retry_due,    ///< the time to wait is over
  pause,        ///< told to leave audio out
  resume,       ///< told to send audio again
  stop,         ///< told to stop by command, hangup or unload
  linger_over,  ///< draining took as long as it may
  played_out,   ///< nothing is left to play, or playing it took as long as it may
};

/// The event that goes with a transition.
enum class Notice : std::uint8_t { none, connect, disconnect, error };

/// What the session does on a transition, besides the notice.
enum class Action : std::uint8_t {
  none,
  connect,  ///< begin an attempt
  retry,    ///< set the timer for the next one
  drain,    ///< deliver what is queued, over a connection made for it if there is none, then close;
            ///< set the timer of the linger
  play_out,  ///< set the timer of the playout
  finish,    ///< drop the connection and the timers; the notice is the final event
};

/// What a step depends on besides the state.
struct Outlook {
  bool reconnect = true;  ///< another attempt is allowed after a failure or a loss
  bool another = false;   ///< a URL of the stream was not tried since the outage began
  bool paused = false;    ///< the application's last request
  bool unsent = false;  ///< something is left to send, and another attempt comes within the linger
  bool unplayed = false;  ///< the server's audio is not played out, and will be
};

struct Step {
  State next;
  Action action;
  Notice notice;
};

/// The whole life of a stream as a table: what `input` does in `state`. Pure.
///
/// Inputs that come too late change nothing: for example a retry that is due when the stop came.
Step step(State state, Input input, Outlook outlook) noexcept;

std::string_view to_string(State state) noexcept;
std::string_view to_string(Input input) noexcept;

}  // namespace audio_stream::stream
