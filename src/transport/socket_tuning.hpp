#pragma once

#include <chrono>
#include <cstddef>

#include "transport/tcp_socket.hpp"

namespace audio_stream::transport {

/// Bounds on what the kernel keeps of a stream.
///
/// What lies in the kernel can neither be dropped in favour of newer audio nor be sent again, and
/// the kernel's own bound grows to megabytes: minutes of a call.
struct SocketTuning {
  std::size_t send_buffer_bytes = 0;          ///< SO_SNDBUF; 0: the kernel decides
  std::chrono::milliseconds user_timeout{0};  ///< TCP_USER_TIMEOUT (RFC 5482); 0: the kernel's
};

/// What the system does not know of it is left out: each of them is a bound, and none is needed.
void tune(TcpSocket& socket, const SocketTuning& tuning) noexcept;

}  // namespace audio_stream::transport
