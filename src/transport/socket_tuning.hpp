#pragma once

#include <chrono>
#include <cstddef>

#include "transport/tcp_socket.hpp"

namespace audio_stream::transport {

/// Bounds on the bytes of a stream that the kernel queues.
///
/// Bytes in the kernel can be neither dropped in favour of newer audio nor sent again on another
/// connection. The kernel's own bound grows to megabytes: minutes of a call.
struct SocketTuning {
  std::size_t send_buffer_bytes = 0;          ///< SO_SNDBUF; 0: the kernel's default
  std::chrono::milliseconds user_timeout{0};  ///< TCP_USER_TIMEOUT (RFC 5482); 0: default
};

/// Ignores options that the system does not support: each is only a bound, and none is required.
void tune(TcpSocket& socket, const SocketTuning& tuning) noexcept;

}  // namespace audio_stream::transport
