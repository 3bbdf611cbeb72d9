#pragma once

#include <cstdint>

namespace audio_stream::audio::codec {

/// Decodes one byte of ITU-T G.711 mu-law (PCMU) or A-law (PCMA) to a linear sample.
std::int16_t from_mu_law(std::uint8_t byte) noexcept;
std::int16_t from_a_law(std::uint8_t byte) noexcept;

}  // namespace audio_stream::audio::codec
