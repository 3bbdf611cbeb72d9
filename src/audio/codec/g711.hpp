#pragma once

#include <cstdint>

namespace audio_stream::audio::codec {

/// Decodes one byte of ITU-T G.711 mu-law (PCMU) or A-law (PCMA) to a linear sample.
std::int16_t from_mu_law(std::uint8_t byte) noexcept;
std::int16_t from_a_law(std::uint8_t byte) noexcept;

/// Encodes one linear sample. Gives back every byte that was decoded, except the mu-law byte 0x7F
/// (negative zero), which becomes 0xFF.
std::uint8_t to_mu_law(std::int16_t sample) noexcept;
std::uint8_t to_a_law(std::int16_t sample) noexcept;

}  // namespace audio_stream::audio::codec
