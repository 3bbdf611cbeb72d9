#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace audio_stream::base {

/// The sum, limited to the range of a sample: two loud samples clip instead of wrapping around.
constexpr std::int16_t saturating_add(std::int16_t a, std::int16_t b) noexcept {
  using Limits = std::numeric_limits<std::int16_t>;
  return static_cast<std::int16_t>(
      std::clamp(int{a} + int{b}, int{Limits::min()}, int{Limits::max()}));
}

}  // namespace audio_stream::base
