#pragma once

#include <cstdint>

namespace audio_stream::transport {

/// What went over a connection, from the first byte of HTTP or TLS to the last; what TCP sent twice
/// counts once.
struct Traffic {
  std::uint64_t sent = 0;      ///< bytes
  std::uint64_t received = 0;  ///< bytes

  Traffic& operator+=(const Traffic& other) noexcept {
    sent += other.sent;
    received += other.received;
    return *this;
  }
};

/// The TCP socket's traffic so far, as the kernel knows it; nothing if it does not.
Traffic traffic_of(int socket) noexcept;

}  // namespace audio_stream::transport
