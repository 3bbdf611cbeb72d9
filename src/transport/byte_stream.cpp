#include "transport/byte_stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace audio_stream::transport {

void ByteStream::close() noexcept {
  if (!is_open()) return;
  progress_ = progress();
  traffic_ = traffic();
  closing();
  Error ignored;
  socket_.close(ignored);
}

/// The kernel reports the unacknowledged bytes, even of a connection that was reset.
Progress ByteStream::progress() const noexcept {
  if (!is_open()) return progress_;
  const std::uint64_t all = written();
  int outstanding = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &outstanding) != 0) return {all, 0};
  return {all, all - std::min(all, static_cast<std::uint64_t>(std::max(outstanding, 0)))};
}

Traffic ByteStream::traffic() const noexcept {
  return is_open() ? traffic_of(socket_.native_handle()) : traffic_;
}

}  // namespace audio_stream::transport
