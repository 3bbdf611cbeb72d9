#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "control/options.hpp"

namespace audio_stream::stream {

/// What a stream still says and how long it listens at its end: STREAM_END_TEXT and STREAM_DRAIN,
/// or what a stop has brought in their place.
///
/// Belongs to its session. Runs on the stream's I/O thread.
class LastWords {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LastWords(const control::LastWordsOptions& configured)
      : text_{configured.text}, drain_{configured.drain} {}

  /// The configured text, with the values of its variables.
  void set_text(std::string text) { text_ = std::move(text); }
  /// A stop has a text of its own.
  void drop_text() { text_.clear(); }
  /// The configured text, once; empty: there is none.
  [[nodiscard]] std::string take_text() { return std::exchange(text_, {}); }

  /// How long the stream listens after everything was sent.
  [[nodiscard]] std::chrono::milliseconds drain() const noexcept { return drain_; }
  void set_drain(std::chrono::milliseconds drain) noexcept { drain_ = drain; }

  /// A stop may still bring a text and a time for up to `time`: the configured ones wait.
  void hold(Clock::time_point now, std::chrono::milliseconds time) { held_until_ = now + time; }
  void release() noexcept { held_until_ = {}; }
  [[nodiscard]] std::chrono::milliseconds held_for(Clock::time_point now) const {
    return std::max(std::chrono::milliseconds{0},
                    std::chrono::ceil<std::chrono::milliseconds>(held_until_ - now));
  }

 private:
  std::string text_;
  std::chrono::milliseconds drain_;
  Clock::time_point held_until_;
};

}  // namespace audio_stream::stream
