// The counts and latencies of one measured variant. Its group is all connections to the sink whose
// path begins with the same part.
#pragma once

#include <cstdint>

#include "macro/sink/histogram.hpp"

namespace bench {

struct Group {
  std::uint64_t open = 0;  ///< open connections; a reset keeps it
  std::uint64_t opened = 0;
  std::uint64_t bytes = 0;     ///< of payload
  std::uint64_t messages = 0;  ///< with audio
  std::uint64_t frames = 0;    ///< stamps, and texts with audio
  Histogram latency;           ///< a message's last stamp to its arrival
  Histogram asked;             ///< the time in the path to the upgrade's request
  Histogram first;             ///< the time in the path to the first message's arrival
};

}  // namespace bench
