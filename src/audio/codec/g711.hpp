#pragma once

#include <cstdint>

namespace audio_stream::audio::codec {

/// ITU-T G.711: one byte of mu-law (PCMU) or A-law (PCMA) as a linear sample.
std::int16_t from_mu_law(std::uint8_t byte) noexcept;
std::int16_t from_a_law(std::uint8_t byte) noexcept;

}  // namespace audio_stream::audio::codec
