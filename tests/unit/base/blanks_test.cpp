#include "base/blanks.hpp"

namespace audio_stream::base {

static_assert(trimmed("").empty());
static_assert(trimmed(" \t\r\n").empty());
static_assert(trimmed("a") == "a");
static_assert(trimmed("\r\n a b\t ") == "a b");

}  // namespace audio_stream::base
