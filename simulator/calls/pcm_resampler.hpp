// Converting recorded audio to a call's rate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace simulator {

/// The whole of `pcm` at another rate, speexdsp quality 10, without the filter's delay.
std::vector<std::int16_t> resample(std::span<const std::int16_t> pcm, std::uint32_t from,
                                   std::uint32_t to, std::uint8_t channels);
/// One channel to two, or two to their mean.
std::vector<std::int16_t> remix(std::span<const std::int16_t> pcm, std::uint8_t from,
                                std::uint8_t to);

}  // namespace simulator
