#include "transport/tcp_stream.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace audio_stream::transport {
namespace {

ByteStream::Step failed(ByteStream::Need if_it_would_block) noexcept {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {0, if_it_would_block, {}, false};
  return {0, ByteStream::Need::nothing, {errno, boost::asio::error::get_system_category()}, false};
}

}  // namespace

ByteStream::Step TcpStream::read_open(std::span<std::byte> into) noexcept {
  ssize_t got = 0;
  do {
    got = ::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return failed(Need::readable);
  if (got == 0) return {0, Need::nothing, boost::asio::error::eof, false};
  const auto bytes = static_cast<std::size_t>(got);
  return {bytes, Need::nothing, {}, bytes == into.size()};
}

ByteStream::Step TcpStream::write_open(std::span<const std::byte> bytes, bool more) noexcept {
  const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor(), bytes.data(), bytes.size(), flags);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return failed(Need::writable);
  const auto taken = static_cast<std::size_t>(sent);
  written_ += taken;
  return {taken, taken < bytes.size() ? Need::writable : Need::nothing, {}, false};
}

void TcpStream::finish_writing_open() noexcept {
  ::shutdown(descriptor(), SHUT_WR);
}

}  // namespace audio_stream::transport
