#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Words that people write: in commands and in the configuration.
namespace audio_stream::stream {

/// A word as it may be shown again: quoted, short, and without what would break a line.
std::string in_quotes(std::string_view word);

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Whether `name` may name a stream or a profile.
bool is_name(std::string_view name) noexcept;
inline constexpr std::string_view kNameRule = "1 to 64 letters, digits, '-', '_' or '.'";

/// The number that `text` is if it is one from `low` to `high` and a multiple of `step`.
std::optional<long> whole_number(std::string_view text, long low, long high, long step = 1);

}  // namespace audio_stream::stream
