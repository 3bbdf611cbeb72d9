#pragma once

#include <string>
#include <string_view>

namespace audio_stream::base {

/// Appends `value` as it stands between the quotes of a JSON string. Bytes that are not UTF-8
/// become U+FFFD.
void append_json_escaped(std::string& text, std::string_view value);

/// `value` as a JSON string, with its quotes.
std::string json_string(std::string_view value);

}  // namespace audio_stream::base
