#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "control/options.hpp"
#include "dialect/caller_note.hpp"
#include "dialect/dialect.hpp"
#include "stream/event_gate.hpp"
#include "stream/stream_log.hpp"
#include "stream/uplink.hpp"

namespace audio_stream::stream {

/// Tells the server and the application when the caller speaks and when the caller's audio is
/// masked.
///
/// Belongs to its session. Runs on the stream's I/O thread.
class CallerWatch {
 public:
  /// All references outlive it.
  struct Parts {
    const control::Options& options;
    Uplink& uplink;
    dialect::Dialect& dialect;
    EventGate& events;
    const StreamLog& log;
    std::function<void(dialect::Messages)> send;
    std::function<void()> on_speech;  ///< the caller began to speak
  };

  explicit CallerWatch(Parts parts) : parts_{std::move(parts)} {}

  /// Tells what happened since the last call.
  void take();

 private:
  void take_masks();
  void take_speech();
  void tell(const dialect::CallerNote& note);
  [[nodiscard]] std::uint64_t ms_of(std::uint64_t samples) const noexcept {
    return samples * 1000 / parts_.options.audio.rate_hz;
  }

  Parts parts_;
  std::uint64_t speech_began_ms_ = 0;
  std::uint64_t mask_began_ms_ = 0;
};

}  // namespace audio_stream::stream
