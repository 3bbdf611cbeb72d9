#include "stream/lifecycle.hpp"

namespace audio_stream::stream {
namespace {

// No transition, no action, no notice.
constexpr Step stay(State state) {
  return {state, Action::none, Notice::none};
}
constexpr Step end(Notice notice) {
  return {State::ended, Action::finish, notice};
}

Step when_starting(Input input) {
  switch (input) {
    case Input::begin:
      return {State::connecting, Action::connect, Notice::none};
    case Input::stop:
      return end(Notice::disconnect);
    default:
      return stay(State::starting);
  }
}

Step when_connecting(Input input, Outlook outlook) {
  switch (input) {
    case Input::opened:
      return {outlook.paused ? State::paused : State::streaming, Action::none, Notice::connect};
    case Input::failed:
      if (outlook.another) return {State::connecting, Action::connect, Notice::error};
      if (outlook.reconnect) return {State::waiting, Action::retry, Notice::error};
      return end(Notice::error);
    case Input::refused:
      if (outlook.another) return {State::connecting, Action::connect, Notice::error};
      return end(Notice::error);
    // The call's first words may be all its audio, so the attempt continues as long as the linger
    // lasts.
    case Input::stop:
      return {State::draining, Action::drain, Notice::none};
    default:
      return stay(State::connecting);
  }
}

// Covers both streaming and paused: the two states differ only in whether audio is sent.
Step when_connected(State state, Input input, Outlook outlook) {
  switch (input) {
    case Input::pause:
      return stay(State::paused);
    case Input::resume:
      return stay(State::streaming);
    case Input::closed:
      if (outlook.unplayed) return {State::playing_out, Action::play_out, Notice::none};
      return end(Notice::disconnect);
    case Input::lost:
      if (outlook.reconnect) return {State::waiting, Action::retry, Notice::disconnect};
      return end(Notice::disconnect);
    case Input::stop:
      return {State::draining, Action::drain, Notice::none};
    default:
      return stay(state);
  }
}

Step when_waiting(Input input, Outlook outlook) {
  switch (input) {
    case Input::retry_due:
      return {State::connecting, Action::connect, Notice::none};
    // The server may be reachable again.
    case Input::stop:
      if (outlook.unsent) return {State::draining, Action::drain, Notice::none};
      return end(Notice::disconnect);
    default:
      return stay(State::waiting);
  }
}

Step when_draining(Input input, Outlook outlook) {
  switch (input) {
    case Input::opened:
      return {State::draining, Action::drain, Notice::connect};
    case Input::failed:
    case Input::refused:
      if (outlook.another) return {State::draining, Action::connect, Notice::error};
      if (input == Input::failed && outlook.reconnect && outlook.unsent) {
        return {State::draining, Action::retry, Notice::error};
      }
      return end(Notice::error);
    case Input::lost:
      if (outlook.reconnect && outlook.unsent) {
        return {State::draining, Action::retry, Notice::disconnect};
      }
      return end(Notice::disconnect);
    case Input::retry_due:
      return {State::draining, Action::connect, Notice::none};
    case Input::closed:
    case Input::linger_over:
      return end(Notice::disconnect);
    default:
      return stay(State::draining);
  }
}

// Without a connection, the final event waits only for the call to play the rest.
Step when_playing_out(Input input) {
  if (input == Input::played_out || input == Input::stop) return end(Notice::disconnect);
  return stay(State::playing_out);
}

}  // namespace

Step step(State state, Input input, Outlook outlook) noexcept {
  switch (state) {
    case State::starting:
      return when_starting(input);
    case State::connecting:
      return when_connecting(input, outlook);
    case State::streaming:
    case State::paused:
      return when_connected(state, input, outlook);
    case State::waiting:
      return when_waiting(input, outlook);
    case State::draining:
      return when_draining(input, outlook);
    case State::playing_out:
      return when_playing_out(input);
    case State::ended:
      break;
  }
  return stay(State::ended);
}

std::string_view to_string(State state) noexcept {
  switch (state) {
    case State::starting:
      return "starting";
    case State::connecting:
      return "connecting";
    case State::streaming:
      return "streaming";
    case State::paused:
      return "paused";
    case State::waiting:
      return "waiting to retry";
    case State::draining:
      return "draining";
    case State::playing_out:
      return "playing out";
    case State::ended:
      return "ended";
  }
  return "?";
}

std::string_view to_string(Input input) noexcept {
  switch (input) {
    case Input::begin:
      return "begin";
    case Input::opened:
      return "opened";
    case Input::failed:
      return "failed";
    case Input::refused:
      return "refused";
    case Input::closed:
      return "closed";
    case Input::lost:
      return "lost";
    case Input::retry_due:
      return "retry due";
    case Input::pause:
      return "pause";
    case Input::resume:
      return "resume";
    case Input::stop:
      return "stop";
    case Input::linger_over:
      return "linger over";
    case Input::played_out:
      return "played out";
  }
  return "?";
}

}  // namespace audio_stream::stream
