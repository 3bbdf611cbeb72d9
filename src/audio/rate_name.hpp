#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "audio/format.hpp"
#include "base/whole_number.hpp"

namespace audio_stream::audio {

/// The rate in Hz that a user wrote: a number from `low` to `high`, or one of kRates in kHz, as
/// "24k". nullopt for any other text.
inline std::optional<std::uint32_t> rate_named(std::string_view text, std::uint32_t low,
                                               std::uint32_t high) noexcept {
  constexpr long kHzInKilohertz = 1000;
  const bool in_kilohertz = text.ends_with('k') || text.ends_with('K');
  if (in_kilohertz) text.remove_suffix(1);
  const long unit = in_kilohertz ? kHzInKilohertz : 1;
  const auto number = base::whole_number(text, 0, high / unit);
  if (!number) return std::nullopt;
  const auto rate_hz = static_cast<std::uint32_t>(*number * unit);
  if (rate_hz < low || (in_kilohertz && !is_rate(rate_hz))) return std::nullopt;
  return rate_hz;
}

}  // namespace audio_stream::audio
