#include "stream/lifecycle.hpp"

namespace audio_stream::stream {
namespace {

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

Step when_connecting(Input input, bool reconnect) {
  switch (input) {
    case Input::opened:
      return {State::streaming, Action::none, Notice::connect};
    case Input::failed:
      if (reconnect) return {State::waiting, Action::retry, Notice::error};
      return end(Notice::error);
    case Input::refused:
      return end(Notice::error);
    // The caller's first words may be all there are: the attempt goes on as long as the linger
    // lasts.
    case Input::stop:
      return {State::draining, Action::drain, Notice::none};
    default:
      return stay(State::connecting);
  }
}

Step when_streaming(Input input, bool reconnect) {
  switch (input) {
    case Input::closed:
      return end(Notice::disconnect);
    case Input::lost:
      if (reconnect) return {State::waiting, Action::retry, Notice::disconnect};
      return end(Notice::disconnect);
    case Input::stop:
      return {State::draining, Action::drain, Notice::none};
    default:
      return stay(State::streaming);
  }
}

Step when_waiting(Input input) {
  switch (input) {
    case Input::retry_due:
      return {State::connecting, Action::connect, Notice::none};
    case Input::stop:
      return end(Notice::disconnect);
    default:
      return stay(State::waiting);
  }
}

Step when_draining(Input input) {
  switch (input) {
    case Input::opened:
      return {State::draining, Action::drain, Notice::connect};
    case Input::failed:
    case Input::refused:
      return end(Notice::error);
    case Input::closed:
    case Input::lost:
    case Input::linger_over:
      return end(Notice::disconnect);
    default:
      return stay(State::draining);
  }
}

}  // namespace

Step step(State state, Input input, bool reconnect) noexcept {
  switch (state) {
    case State::starting:
      return when_starting(input);
    case State::connecting:
      return when_connecting(input, reconnect);
    case State::streaming:
      return when_streaming(input, reconnect);
    case State::waiting:
      return when_waiting(input);
    case State::draining:
      return when_draining(input);
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
    case State::waiting:
      return "waiting to retry";
    case State::draining:
      return "draining";
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
    case Input::stop:
      return "stop";
    case Input::linger_over:
      return "linger over";
  }
  return "?";
}

}  // namespace audio_stream::stream
