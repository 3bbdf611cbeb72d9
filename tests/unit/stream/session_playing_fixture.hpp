#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stream/session_fixture.hpp"

namespace audio_stream::stream {

/// A session with playback on. The caller hears the server's audio at once.
class SessionPlaying : public SessionTest {
 protected:
  using Samples = std::vector<std::int16_t>;

  SessionPlaying() {
    options_.playback.enabled = true;
    options_.playback.prebuffer_ms = 0;
  }

  static std::string bytes(const Samples& samples) {
    return {reinterpret_cast<const char*>(samples.data()), samples.size() * 2};
  }
  /// `ms` milliseconds of audio of that value.
  static std::string audio(int ms, std::int16_t value = 1000) {
    return bytes(Samples(static_cast<std::size_t>(ms) * 8, value));
  }
  void say(const std::string& audio) { server().receive(audio, true); }

  /// The call hears `ms` milliseconds in frames of 20 ms, and wakes the session if it asked for it.
  Samples hear(int ms) {
    Samples all;
    for (int i = 0; i < ms / 20; ++i) {
      Samples frame(160);
      const bool wake = to_caller_->mixer.mix(frame, 8000, 1).wake;
      all.insert(all.end(), frame.begin(), frame.end());
      if (wake) session_->pump();
    }
    settle();
    return all;
  }
  /// The call hears `ms` milliseconds without waking the session.
  void hear_unnoticed(int ms) {
    Samples frame(static_cast<std::size_t>(ms) * 8);
    to_caller_->mixer.mix(frame, 8000, 1);
  }
  /// What the server was told, one line each.
  Story told_server() {
    settle();
    Story lines;
    for (const auto& message : server().sent) {
      if (!message.binary) lines.push_back(message.bytes);
    }
    return lines;
  }
  Story playback_events() {
    Story bodies;
    for (const auto& event : recorder_.events()) {
      if (event.kind == EventKind::playback) bodies.push_back(event.body);
    }
    return bodies;
  }
};

}  // namespace audio_stream::stream
