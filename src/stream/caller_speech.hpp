#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "audio/leg_frame.hpp"
#include "audio/speech_gate.hpp"
#include "base/bounded_ring.hpp"

namespace audio_stream::stream {

/// Where in the stream the caller speaks.
///
/// The thread that has the uplink's turn passes in what the call yields; the I/O thread takes the
/// changes. Lock-free. While the I/O thread takes none, at most kRoom changes wait; more are lost
/// and counted.
class CallerSpeech {
 public:
  static constexpr std::size_t kRoom = 64;  // changes of a quarter of a minute at least

  struct Change {
    bool started = false;        ///< else stopped
    std::uint64_t position = 0;  ///< in samples per channel since `start`
  };

  explicit CallerSpeech(std::uint32_t rate_hz) noexcept : rate_hz_{rate_hz} {}

  // For the thread that has the turn. `end` is the position behind that audio.
  void hear(const audio::LegFrame& frame, std::uint64_t end) noexcept {
    add(gate_.hear(frame), end);
  }
  /// The call yielded nothing for that many samples at the stream's rate.
  void miss(std::uint64_t samples, std::uint64_t end) noexcept {
    add(gate_.miss(1000.0 * static_cast<double>(samples) / rate_hz_), end);
  }

  [[nodiscard]] bool open() const noexcept { return gate_.open(); }

  [[nodiscard]] bool changed() const noexcept { return !changes_.empty(); }
  /// I/O thread.
  std::optional<Change> take() noexcept { return changes_.take(); }
  std::uint32_t take_lost() noexcept { return changes_.take_lost(); }

 private:
  void add(const audio::SpeechGate::Change& change, std::uint64_t end) noexcept {
    if (!change.stopped && !change.started) return;
    const auto ago = static_cast<std::uint64_t>(change.ago_ms * rate_hz_ / 1000);
    const std::uint64_t position = end > ago ? end - ago : 0;
    if (change.stopped) changes_.push({false, position});
    if (change.started) changes_.push({true, position});
  }

  const std::uint32_t rate_hz_;
  audio::SpeechGate gate_;
  base::BoundedRing<Change, kRoom> changes_;
};

}  // namespace audio_stream::stream
