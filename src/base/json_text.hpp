#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace audio_stream::base {

/// JSON without blanks. Bytes that are not UTF-8 become U+FFFD instead of an exception: servers and
/// channel variables supply the text, and it may hold any byte.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace audio_stream::base
