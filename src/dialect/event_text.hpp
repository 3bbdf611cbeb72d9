#pragma once

#include <cstddef>
#include <string>

#include "dialect/incoming.hpp"

namespace audio_stream::dialect {

/// A server's text as an event can carry it. An event's body ends at the first NUL, so each NUL is
/// replaced by U+FFFD. What is longer than `limit` bytes is cut between two letters, and its full
/// length is kept.
ServerText event_text(std::string&& text, std::size_t limit);

}  // namespace audio_stream::dialect
