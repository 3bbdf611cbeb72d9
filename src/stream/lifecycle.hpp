#pragma once

#include <cstdint>
#include <string_view>

namespace audio_stream::stream {

/// Where a stream stands. docs/ownership.md has the table of transitions.
enum class State : std::uint8_t {
  starting,     ///< made, not yet told to begin
  connecting,   ///< an attempt is under way
  streaming,    ///< the connection stands
  paused,       ///< the connection stands, and the application wants no audio sent
  waiting,      ///< the connection was lost or refused; the next attempt is due later
  draining,     ///< told to stop: what is queued is being delivered
  playing_out,  ///< the server closed in good order: what it sent before is being played
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

/// What is to be done on a transition, besides the notice.
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
  bool reconnect = true;  ///< there may be another attempt after a failure or a loss
  bool another = false;   ///< the stream has a URL that was not tried since the outage began
  bool paused = false;    ///< what the application said last
  bool unsent = false;  ///< something is left to send, and another attempt comes within the linger
  bool unplayed = false;  ///< something of the server is left to play, and is to be played
};

struct Step {
  State next;
  Action action;
  Notice notice;
};

/// The whole of a stream's life as a table: what `input` does in `state`. Pure.
///
/// Inputs that come too late (a retry that was due when the stop came) leave everything as it is.
Step step(State state, Input input, Outlook outlook) noexcept;

std::string_view to_string(State state) noexcept;
std::string_view to_string(Input input) noexcept;

}  // namespace audio_stream::stream
