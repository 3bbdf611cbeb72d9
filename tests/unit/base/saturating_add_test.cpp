#include "base/saturating_add.hpp"

namespace audio_stream::base {

static_assert(saturating_add(1000, -3000) == -2000);
static_assert(saturating_add(32767, 1) == 32767);
static_assert(saturating_add(32767, 32767) == 32767);
static_assert(saturating_add(-32768, -1) == -32768);
static_assert(saturating_add(-32768, 32767) == -1);

}  // namespace audio_stream::base
