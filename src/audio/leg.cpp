#include "audio/leg.hpp"

#include <utility>

namespace audio_stream::audio {

bool is_padding(const LegFrame& frame) noexcept {
  return std::ranges::all_of(frame.samples, [](std::int16_t sample) { return sample == -1; });
}

tl::expected<Leg, std::string> Leg::create(std::uint32_t call_rate_hz, std::uint32_t rate_hz) {
  auto resampler = Resampler::create(1, call_rate_hz, rate_hz);
  if (!resampler) return tl::unexpected(std::move(resampler.error()));
  return Leg{std::move(*resampler)};
}

std::span<const std::int16_t> Leg::piece(const LegFrame& frame, std::size_t first, bool silent,
                                         std::span<std::int16_t, kPiece> mono) noexcept {
  const std::size_t count = std::min(frame.length() - first, kPiece);
  if (silent) {
    std::ranges::fill(mono.first(count), std::int16_t{0});
    return mono.first(count);
  }
  if (frame.channels == 1) return frame.samples.subspan(first, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int16_t* both = &frame.samples[(first + i) * frame.channels];
    mono[i] = static_cast<std::int16_t>((int{both[0]} + int{both[1]}) / 2);
  }
  return mono.first(count);
}

}  // namespace audio_stream::audio
