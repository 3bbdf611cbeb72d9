#pragma once

#include <cstdint>

namespace audio_stream::transport {

/// How many bytes of a connection have been written and acknowledged, HTTP and TLS included.
struct Progress {
  std::uint64_t written = 0;       ///< passed to the kernel
  std::uint64_t acknowledged = 0;  ///< of the written bytes, those acknowledged by the server's TCP
};

}  // namespace audio_stream::transport
