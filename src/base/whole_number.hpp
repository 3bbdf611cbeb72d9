#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace audio_stream::base {

/// Parses `text` as a decimal number, with an optional minus and nothing around it. nullopt unless
/// the number lies from `low` to `high` and is a multiple of `step`.
inline std::optional<long> whole_number(std::string_view text, long low, long high,
                                        long step = 1) noexcept {
  long number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < low || number > high || number % step != 0) {
    return std::nullopt;
  }
  return number;
}

}  // namespace audio_stream::base
