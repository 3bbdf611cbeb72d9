#pragma once

#include <cstdint>

namespace audio_stream::transport {

/// The bytes of a connection, from the first byte of HTTP or TLS to the last. Retransmitted bytes
/// count once.
struct Traffic {
  std::uint64_t sent = 0;      ///< bytes
  std::uint64_t received = 0;  ///< bytes

  Traffic& operator+=(const Traffic& other) noexcept {
    sent += other.sent;
    received += other.received;
    return *this;
  }
};

/// The TCP socket's traffic so far, as reported by the kernel; zeros if it reports none.
Traffic traffic_of(int socket) noexcept;

}  // namespace audio_stream::transport
