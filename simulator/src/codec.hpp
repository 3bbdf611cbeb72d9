// What a codec implementation of the simulated switch tells about its audio.
#pragma once

#include <cstdint>
#include <string>

#include "switch.h"

namespace simulator {

/// `name` empty picks PCMU for 8 kHz mono and L16 for the rest.
/// Throws std::invalid_argument for what the switch cannot have.
switch_codec_implementation_t codec_implementation(const std::string& name, std::uint32_t rate,
                                                   std::uint32_t ptime_ms, std::uint8_t channels);

/// Whether the switch has no decoder for it, and passes its frames on as they are.
bool is_passed_through(const switch_codec_implementation_t& codec);

}  // namespace simulator
