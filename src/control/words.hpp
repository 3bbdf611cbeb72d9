#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The words that users write in commands and in the configuration.
namespace audio_stream::control {

/// "a, b and 7 more": the beginning of a long list; "none" for an empty one.
std::string comma_list(const std::vector<std::string>& names);

/// The Levenshtein distance: how many letters to insert, delete or replace to turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word in `known` with the least edit distance from `word`. `known` is not empty.
std::string_view most_similar(std::string_view word, const std::vector<std::string_view>& known);

/// `word` without the quotes around it: one pair of ' or of ", with none between. As in
/// mod_audio_stream 1.0, whose users quote what the dialplan or a script puts into a command.
std::string_view unquoted(std::string_view word) noexcept;

/// A text or metadata, likewise. Single quotes come off if none is between them, or if JSON is,
/// which may have an apostrophe in a name. Double quotes come off JSON only: a JSON string has its
/// own.
std::string_view unquoted_text(std::string_view text);

/// Whether `name` may name a stream or a profile.
bool is_name(std::string_view name) noexcept;
inline constexpr std::string_view kNameRule = "1 to 64 letters, digits, '-', '_' or '.'";

}  // namespace audio_stream::control
