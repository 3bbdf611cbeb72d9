#include "raw_client.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>

namespace test {
namespace {

constexpr std::chrono::milliseconds patience{10'000};
constexpr std::string_view mask = "\x11\x22\x33\x44";

bool ready(int descriptor, short events, std::chrono::milliseconds timeout) {
  pollfd entry{descriptor, events, 0};
  return ::poll(&entry, 1, static_cast<int>(timeout.count())) > 0;
}

audio_stream::base::UniqueFd connect_to(const std::string& host, int port, int receive_buffer) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("not an address: " + host);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address{found, &::freeaddrinfo};
  audio_stream::base::UniqueFd socket{
      ::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol)};
  if (receive_buffer > 0) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  if (::connect(socket.get(), address->ai_addr, address->ai_addrlen) != 0) {
    throw std::runtime_error("no connection to port " + std::to_string(port));
  }
  return socket;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

RawClient::RawClient(int port, const std::string& host, int receive_buffer)
    : socket_{connect_to(host, port, receive_buffer)} {}

void RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    if (!ready(socket_.get(), POLLOUT, patience)) throw std::runtime_error("cannot send");
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) throw std::runtime_error("cannot send");
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawClient::send_frame(unsigned first, std::string_view payload) const {
  std::string frame{static_cast<char>(first)};
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80U | payload.size());
  } else {
    frame += static_cast<char>(0x80U | 126U);
    frame += static_cast<char>(payload.size() >> 8 & 255U);
    frame += static_cast<char>(payload.size() & 255U);
  }
  frame += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
  }
  send(frame);
}

std::size_t RawClient::send_until_blocked(std::size_t limit,
                                          std::chrono::milliseconds timeout) const {
  const std::string block(65536, '\0');
  std::size_t total = 0;
  while (total < limit && ready(socket_.get(), POLLOUT, timeout)) {
    const ssize_t sent = ::send(socket_.get(), block.data(), std::min(block.size(), limit - total),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) break;
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

void RawClient::send_close(unsigned code, std::string_view reason) const {
  std::string payload{static_cast<char>(code >> 8 & 255U), static_cast<char>(code & 255U)};
  send_frame(0x88, payload.append(reason));
}

void RawClient::request(std::string_view path, std::string_view headers) const {
  std::string text = "GET ";
  text.append(path).append(" HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n");
  text.append("Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
  text.append(key).append("\r\n").append(headers).append("\r\n");
  send(text);
}

std::string RawClient::upgrade(std::string_view path, std::string_view headers) {
  request(path, headers);
  return read_until("\r\n\r\n");
}

std::string RawClient::read_exactly(std::size_t count) {
  End end = End::none;
  while (received_.size() < count) {
    if (!receive(patience, end)) throw std::runtime_error("the server sends no more");
  }
  std::string taken = received_.substr(0, count);
  received_.erase(0, count);
  return taken;
}

std::string RawClient::read_until(std::string_view end) {
  End how = End::none;
  std::size_t position = 0;
  while ((position = received_.find(end)) == std::string::npos) {
    if (!receive(patience, how)) throw std::runtime_error("the server sends no more");
  }
  return read_exactly(position + end.size());
}

WireFrame RawClient::read_frame() {
  const std::string start = read_exactly(2);
  WireFrame frame;
  frame.first = static_cast<unsigned char>(start[0]);
  frame.masked = (static_cast<unsigned char>(start[1]) & 0x80U) != 0;
  std::uint64_t size = static_cast<unsigned char>(start[1]) & 0x7FU;
  if (size == 126) size = big_endian(read_exactly(2));
  if (size == 127) size = big_endian(read_exactly(8));
  if (frame.masked) read_exactly(4);
  frame.payload = read_exactly(size);
  return frame;
}

Rest RawClient::read_rest(std::chrono::milliseconds timeout) {
  Rest rest;
  while (receive(timeout, rest.end)) {
  }
  rest.bytes.swap(received_);
  return rest;
}

void RawClient::finish() const {
  ::shutdown(socket_.get(), SHUT_WR);
}

bool RawClient::receive(std::chrono::milliseconds timeout, End& end) {
  if (!ready(socket_.get(), POLLIN, timeout)) return false;
  std::array<char, 262144> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (received > 0) {
    received_.append(buffer.data(), static_cast<std::size_t>(received));
    return true;
  }
  end = received == 0 ? End::eof : End::reset;
  return false;
}

}  // namespace test
