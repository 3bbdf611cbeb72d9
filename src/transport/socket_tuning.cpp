#include "transport/socket_tuning.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <limits>

namespace audio_stream::transport {
namespace {

void set(int fd, int level, int option, std::size_t value) noexcept {
  const int number = static_cast<int>(
      std::min<std::size_t>(value, static_cast<std::size_t>(std::numeric_limits<int>::max())));
  ::setsockopt(fd, level, option, &number, sizeof number);
}

}  // namespace

void tune(TcpSocket& socket, const SocketTuning& tuning) noexcept {
  const int fd = socket.native_handle();
  if (tuning.send_buffer_bytes > 0) {
    set(fd, SOL_SOCKET, SO_SNDBUF, tuning.send_buffer_bytes);
    // Limits the unsent bytes: beyond this the socket is not writable.
    set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, tuning.send_buffer_bytes);
  }
  if (tuning.user_timeout.count() > 0) {
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<std::size_t>(tuning.user_timeout.count()));
  }
}

}  // namespace audio_stream::transport
