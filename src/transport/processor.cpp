#include "transport/processor.hpp"

#include <sched.h>

namespace audio_stream::transport {

bool move_off(int processor) noexcept {
  if (processor < 0 || processor >= CPU_SETSIZE) return false;
  cpu_set_t given{};
  if (::sched_getaffinity(0, sizeof given, &given) != 0) return false;
  cpu_set_t others = given;
  CPU_CLR(static_cast<unsigned>(processor), &others);
  // Of none, the system says that it is invalid.
  if (::sched_setaffinity(0, sizeof others, &others) != 0) return false;
  return ::sched_setaffinity(0, sizeof given, &given) == 0;
}

}  // namespace audio_stream::transport
