#include "audio/frame_mixer.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "base/saturating_add.hpp"

namespace audio_stream::audio {
namespace {

// Frames are processed in pieces, so that the longest frame need not fit on the media thread's
// stack.
constexpr std::size_t kPiece = 480;

/// Writes or adds `ours` to every channel.
void put(std::span<const std::int16_t> ours, std::span<std::int16_t> frame, std::uint8_t channels,
         PlayMode mode) noexcept {
  for (std::uint8_t channel = 0; channel < channels; ++channel) {
    for (std::size_t i = 0; i < ours.size(); ++i) {
      std::int16_t& sample = frame[i * channels + channel];
      sample = mode == PlayMode::mix ? base::saturating_add(sample, ours[i]) : ours[i];
    }
  }
}

}  // namespace

FrameMixer::Mixed FrameMixer::mix(std::span<std::int16_t> frame, std::uint32_t rate_hz,
                                  std::uint8_t channels) noexcept {
  Mixed mixed;
  const std::size_t length = frame.size() / channels;
  for (std::size_t first = 0; first < length; first += kPiece) {
    std::array<std::int16_t, kPiece> ours;  // NOLINT: take() fills it
    const auto piece = std::span{ours}.first(std::min(kPiece, length - first));
    const Playout::Taken taken = take(piece, rate_hz);
    mixed.wake = mixed.wake || taken.wake;
    if (taken.samples == 0) continue;
    mixed.changed = true;
    put(piece, frame.subspan(first * channels, piece.size() * channels), channels, mode_);
  }
  return mixed;
}

void FrameMixer::resample_to(std::uint32_t rate_hz) noexcept {
  resampler_.reset();
  try {
    if (auto made = Resampler::create(1, playout_.rate_hz(), rate_hz)) {
      resampler_.emplace(std::move(*made));
    }
    resampled_hz_ = rate_hz;
  } catch (const std::bad_alloc&) {  // the next frame tries again
    resampled_hz_ = 0;
  }
}

Playout::Taken FrameMixer::take(std::span<std::int16_t> out, std::uint32_t rate_hz) noexcept {
  if (rate_hz == playout_.rate_hz()) return playout_.take(out);
  if (resampled_hz_ != rate_hz) resample_to(rate_hz);
  Playout::Taken all;
  if (!resampler_) {
    std::ranges::fill(out, std::int16_t{0});
    return all;
  }
  while (!out.empty()) {
    std::array<std::int16_t, 160> in;  // NOLINT: take() fills it
    // Rounded up. The resampler keeps the surplus, one sample at most, for the next call.
    const std::size_t wanted = std::clamp<std::size_t>(
        (out.size() * playout_.rate_hz() + rate_hz - 1) / rate_hz, 1, in.size());
    const auto piece = std::span{in}.first(wanted);
    const Playout::Taken taken = playout_.take(piece);
    all.samples += taken.samples;
    all.wake = all.wake || taken.wake;
    const auto progress = resampler_->process(piece, out);
    if (progress.produced == 0 && progress.consumed == 0) break;
    out = out.subspan(progress.produced);
  }
  return all;
}

}  // namespace audio_stream::audio
