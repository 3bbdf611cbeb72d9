#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>
#include <span>

#include "audio/mask_kind.hpp"
#include "base/bounded_ring.hpp"

namespace audio_stream::stream {

/// Replaces the caller's audio while a mask is on.
///
/// Any thread sets the mask; it takes effect with the next tick of the call. The thread that has
/// the uplink's turn applies it, and the I/O thread learns where in the stream it began and ended.
/// After set() has turned it on, no audio that the caller spoke later passes. After set() has
/// turned it off, the frame that was under way is still masked. Lock-free, allocates nothing.
class Masking {
 public:
  static constexpr double kToneHz = 425;
  static constexpr double kToneAmplitude = 2000;  // -24 dBFS
  static constexpr std::size_t kRoom = 16;        // changes that may wait

  struct Change {
    bool on = false;
    std::uint64_t position = 0;  ///< in samples per channel since `start`
  };

  Masking(audio::MaskKind kind, std::uint32_t rate_hz) noexcept
      : wanted_{kind}, step_{2 * std::numbers::pi * kToneHz / rate_hz} {}

  // Any thread.
  void set(audio::MaskKind kind) noexcept { wanted_.store(kind); }
  [[nodiscard]] audio::MaskKind wanted() const noexcept { return wanted_.load(); }

  // For the thread that has the turn. `position` is that of the next sample.
  void begin_turn(std::uint64_t position) noexcept {
    const audio::MaskKind wanted = wanted_.load();
    if (wanted == audio::MaskKind::off) return;
    if (kind_ == audio::MaskKind::off) changes_.push({true, position});
    kind_ = wanted;
  }
  void end_turn(std::uint64_t position) noexcept {
    if (kind_ == audio::MaskKind::off || wanted_.load() != audio::MaskKind::off) return;
    kind_ = audio::MaskKind::off;
    changes_.push({false, position});
  }
  [[nodiscard]] bool on() const noexcept { return kind_ != audio::MaskKind::off; }
  /// Calls `sink` with `samples` of what replaces the caller.
  template <class Sink>  // void(std::span<const std::int16_t>)
  void replace(std::size_t samples, Sink&& sink) noexcept {
    std::array<std::int16_t, kPiece> piece{};
    while (samples > 0) {
      const auto part = std::span{piece}.first(std::min(samples, kPiece));
      if (kind_ == audio::MaskKind::tone) fill(part);
      sink(std::span<const std::int16_t>{part});
      samples -= part.size();
    }
  }

  [[nodiscard]] bool changed() const noexcept { return !changes_.empty(); }
  /// I/O thread.
  std::optional<Change> take() noexcept { return changes_.take(); }

 private:
  static constexpr std::size_t kPiece = 480;

  void fill(std::span<std::int16_t> out) noexcept {
    for (std::int16_t& sample : out) {
      sample = static_cast<std::int16_t>(kToneAmplitude * std::sin(phase_));
      phase_ += step_;
      if (phase_ > 2 * std::numbers::pi) phase_ -= 2 * std::numbers::pi;
    }
  }

  std::atomic<audio::MaskKind> wanted_;
  audio::MaskKind kind_ = audio::MaskKind::off;
  const double step_;
  double phase_ = 0;
  base::BoundedRing<Change, kRoom> changes_;
};

}  // namespace audio_stream::stream
