#pragma once

#include <chrono>
#include <string>

#include "control/options.hpp"
#include "stream/event.hpp"

namespace audio_stream::stream {

/// The final event of a start that waited for its call's media, `waited` long, until something else
/// ended it.
[[nodiscard]] Event never_begun(EndReason why, const control::Options& options,
                                std::chrono::milliseconds waited);

/// The same, of a start that failed.
[[nodiscard]] Event never_begun(const std::string& failure, const control::Options& options,
                                std::chrono::milliseconds waited);

}  // namespace audio_stream::stream
