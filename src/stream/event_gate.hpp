#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "stream/event.hpp"
#include "stream/ports.hpp"

namespace audio_stream::stream {

/// Keeps the order of a stream's events: the gaps of a connection follow its `connect`, and exactly
/// one event is final, which no event follows. Runs on the stream's I/O thread.
class EventGate {
 public:
  /// `on_ending` is called before the final event. `call` outlives this.
  EventGate(Call& call, std::function<void()> on_ending)
      : call_{call}, on_ending_{std::move(on_ending)} {}

  /// `full_length`: bytes of a body that was cut, else 0. Ignored after the final event.
  void emit(EventKind kind, std::string body, std::size_t full_length = 0) {
    emit(Event{kind, std::move(body), false, full_length});
  }
  void emit(const Event& event) {
    if (!final_emitted_) call_.emit(event);
  }
  void emit_final(EventKind kind, std::string body) {
    final_emitted_ = true;
    on_ending_();
    call_.emit({kind, std::move(body), true});
  }
  [[nodiscard]] bool final_emitted() const noexcept { return final_emitted_; }

  /// A connection was made: tells the application.
  void emit_connect(std::string body) {
    emit(EventKind::connect, std::move(body));
    connect_emitted_ = true;
  }
  void on_disconnected() noexcept { connect_emitted_ = false; }
  /// Whether gap events may be fired: they wait for the `connect` of their connection.
  [[nodiscard]] bool lets_gaps_pass() const noexcept { return connect_emitted_; }
  void emit_gaps(std::vector<std::string> bodies) {
    for (std::string& body : bodies) emit(EventKind::gap, std::move(body));
  }

 private:
  Call& call_;
  std::function<void()> on_ending_;
  bool connect_emitted_ = false;  // for the current connection
  bool final_emitted_ = false;
};

}  // namespace audio_stream::stream
