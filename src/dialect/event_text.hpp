#pragma once

#include <cstddef>
#include <string>

#include "dialect/incoming.hpp"

namespace audio_stream::dialect {

/// A server's text in a form that an event can carry. Each NUL is replaced by U+FFFD, because an
/// event's body ends at the first NUL. A text longer than `limit` bytes is cut between two
/// characters, and its full length is kept.
ServerText event_text(std::string&& text, std::size_t limit);

}  // namespace audio_stream::dialect
