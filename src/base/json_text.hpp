#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace audio_stream::base {

/// JSON without blanks. What is not UTF-8 in it becomes U+FFFD rather than an exception: texts come
/// from servers and variables, and may be anything.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace audio_stream::base
