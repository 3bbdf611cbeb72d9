#include "audio/leg_mixer.hpp"

#include <algorithm>
#include <limits>

namespace audio_stream::audio {
namespace {

constexpr std::int16_t kPadding = -1;

std::int16_t add_saturating(std::int16_t a, std::int16_t b) noexcept {
  using Limits = std::numeric_limits<std::int16_t>;
  return static_cast<std::int16_t>(
      std::clamp(int{a} + int{b}, int{Limits::min()}, int{Limits::max()}));
}

}  // namespace

LegMixer::LegMixer(const LegFrame& frame, Mix mix) noexcept
    : frame_{frame}, mix_{mix}, silent_{is_padding(0), is_padding(1)} {}

bool LegMixer::is_padding(std::size_t leg) const noexcept {
  if (leg >= frame_.legs) return true;
  for (std::size_t i = leg; i < frame_.samples.size(); i += frame_.legs) {
    if (frame_.samples[i] != kPadding) return false;
  }
  return true;
}

std::int16_t LegMixer::sample(std::size_t leg, std::size_t i) const noexcept {
  if (silent_[leg]) return 0;
  const std::int16_t* first = &frame_.samples[i * frame_.channels * frame_.legs + leg];
  if (frame_.channels == 1) return *first;
  return static_cast<std::int16_t>((int{first[0]} + int{first[frame_.legs]}) / 2);
}

std::size_t LegMixer::mix(std::size_t first, std::span<std::int16_t> out) const noexcept {
  const std::size_t left = frame_.length() - std::min(first, frame_.length());
  const std::size_t count = std::min(left, out.size() / channel_count(mix_));
  switch (mix_) {
    case Mix::mono:
      for (std::size_t i = 0; i < count; ++i) out[i] = sample(0, first + i);
      break;
    case Mix::mixed:
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = add_saturating(sample(0, first + i), sample(1, first + i));
      }
      break;
    case Mix::stereo:
      for (std::size_t i = 0; i < count; ++i) {
        out[2 * i] = sample(0, first + i);
        out[2 * i + 1] = sample(1, first + i);
      }
      break;
  }
  return count;
}

}  // namespace audio_stream::audio
