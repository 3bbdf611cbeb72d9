#pragma once

#include <cstdint>

namespace audio_stream::transport {

/// How far the bytes that were written to a connection have come, HTTP and TLS included.
struct Progress {
  std::uint64_t written = 0;       ///< given to the kernel
  std::uint64_t acknowledged = 0;  ///< of those, acknowledged by the server's TCP
};

}  // namespace audio_stream::transport
