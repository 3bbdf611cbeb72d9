#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace audio_stream::base {

/// The number that `text` is if it is one from `low` to `high` and a multiple of `step`. Decimal
/// digits, perhaps after a minus, and nothing around them.
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
