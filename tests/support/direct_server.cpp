#include "support/direct_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <span>
#include <stdexcept>
#include <utility>

#include "support/base64.hpp"

namespace test {
namespace {

constexpr int kLookAgain = 20;  // ms between checks whether the server ends

bool poll_for(int fd, short what) {
  pollfd waiting{fd, what, 0};
  return ::poll(&waiting, 1, kLookAgain) > 0;
}

std::string accept_key(const std::string& request) {
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const std::size_t begin = request.find(kName) + kName.size();
  const std::string text = request.substr(begin, request.find("\r\n", begin) - begin) +
                           "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base64_encode(std::span<const std::uint8_t>{digest});
}

}  // namespace

bool DirectConnection::fill(std::size_t count) {
  while (received_.size() < count) {
    if (over()) return false;
    if (!poll_for(socket_.get(), POLLIN)) continue;
    std::array<char, 65536> bytes;  // NOLINT: recv() fills it
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    received_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return true;
}

bool DirectConnection::accept() {
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(received_.size() + 1)) return false;
  }
  const std::string request = received_.substr(0, end + 4);
  received_.erase(0, end + 4);
  return send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      accept_key(request) + "\r\n\r\n");
}

bool DirectConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (over()) return false;
    if (!poll_for(socket_.get(), POLLOUT)) continue;
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool DirectConnection::receive(int& opcode, std::string& payload) {
  const auto byte = [this](std::size_t i) { return static_cast<std::uint8_t>(received_[i]); };
  if (!fill(2)) return false;
  opcode = byte(0) & 0x0F;
  std::size_t length = byte(1) & 0x7FU;
  std::size_t header = 2;
  if (length >= 126) {
    const std::size_t bytes = length == 126 ? 2 : 8;
    if (!fill(2 + bytes)) return false;
    length = 0;
    for (std::size_t i = 0; i < bytes; ++i) length = length << 8U | byte(2 + i);
    header += bytes;
  }
  if (!fill(header + 4 + length)) return false;
  payload.resize(length);
  for (std::size_t i = 0; i < length; ++i) {
    payload[i] = static_cast<char>(byte(header + 4 + i) ^ byte(header + i % 4));
  }
  received_.erase(0, header + 4 + length);
  return true;
}

bool DirectConnection::discard() {
  std::array<char, 65536> bytes;  // NOLINT: recv() fills it
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got <= 0) return false;
  }
}

bool DirectConnection::wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (over() || !discard()) return false;
    poll_for(socket_.get(), 0);
  }
  return true;
}

void DirectConnection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.reset();
}

std::string server_frame(int opcode, std::string_view payload, bool last) {
  std::string frame(1, static_cast<char>((last ? 0x80 : 0) | opcode));
  const std::uint64_t length = payload.size();
  if (length < 126) {
    frame += static_cast<char>(length);
  } else {
    const int bytes = length < 65536 ? 2 : 8;
    frame += static_cast<char>(bytes == 2 ? 126 : 127);
    for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(length >> (8 * i));
  }
  frame += payload;
  return frame;
}

DirectServer::DirectServer(Serve serve) : serve_{std::move(serve)} {
  listener_ = audio_stream::base::UniqueFd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no server in this process: can't listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { listen(); }};
}

DirectServer::~DirectServer() {
  ending_ = true;
  thread_.join();
  for (std::thread& connection : connections_) connection.join();
}

std::string DirectServer::url() const {
  return "ws://127.0.0.1:" + std::to_string(port_) + "/";
}

void DirectServer::listen() {
  while (!ending_) {
    if (!poll_for(listener_.get(), POLLIN)) continue;
    audio_stream::base::UniqueFd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (socket.get() < 0) continue;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.emplace_back([this, socket = std::move(socket)]() mutable {
      DirectConnection connection{std::move(socket), ending_};
      serve_(connection);
    });
  }
}

}  // namespace test
