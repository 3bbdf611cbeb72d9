#pragma once

#include <functional>

namespace audio_stream::stream {

/// Runs work that may throw. An exception ends this stream with an error event, and no other
/// stream.
using RunGuarded = std::function<void(const std::function<void()>& work)>;

}  // namespace audio_stream::stream
