#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace audio_floor {

inline constexpr std::size_t kHeaderBytes = 8;  // of a masked message of 126 to 65535 bytes

/// Closes the socket in its destructor.
struct Socket {
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd >= 0) close(fd);
  }
  int fd = -1;
};

/// One connection, from the handshake to the close. All its functions block.
class WebSocket {
 public:
  explicit WebSocket(const std::string& url) {
    const std::string scheme = "ws://";
    const auto slash = url.find('/', scheme.size());
    const auto colon = url.find(':', scheme.size());
    if (!url.starts_with(scheme) || slash == std::string::npos || colon > slash) {
      throw std::runtime_error("no ws://<address>:<port>/<path>: " + url);
    }
    const std::string host = url.substr(scheme.size(), colon - scheme.size());
    connect_to(host, url.substr(colon + 1, slash - colon - 1));
    say("GET " + url.substr(slash) + " HTTP/1.1\r\nHost: " + host +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    read_answer();
  }
  /// Makes a masked binary message of the `bytes` bytes behind the first kHeaderBytes of `room`.
  void frame(std::uint8_t* room, std::size_t bytes) {
    room[0] = 0x82;  // the whole of a binary message
    room[1] = 0x80 | 126;
    room[2] = static_cast<std::uint8_t>(bytes >> 8U);
    room[3] = static_cast<std::uint8_t>(bytes);
    mask_ = mask_ * 1664525U + 1013904223U;
    std::memcpy(room + 4, &mask_, sizeof mask_);
    for (std::size_t at = 0; at < bytes; at += sizeof mask_) {
      std::uint32_t word = 0;
      std::memcpy(&word, room + kHeaderBytes + at, sizeof word);
      word ^= mask_;
      std::memcpy(room + kHeaderBytes + at, &word, sizeof word);
    }
  }
  /// Sends what frame() made.
  [[nodiscard]] bool send(const std::uint8_t* room, std::size_t bytes) const {
    const auto size = static_cast<ssize_t>(kHeaderBytes + bytes);
    return write(socket_.fd, room, kHeaderBytes + bytes) == size;
  }

  /// Waits for a message of audio. Empty if the connection is over.
  std::span<std::uint8_t> receive(std::span<std::uint8_t> room) const {
    std::array<std::uint8_t, 4> header{};
    if (!read_all(header)) return {};
    // The sink sends nothing else.
    if (header[0] != 0x82 || header[1] != 126) return {};
    const std::size_t bytes = std::size_t{header[2]} << 8U | header[3];
    if (bytes > room.size() || !read_all(room.first(bytes))) return {};
    return room.first(bytes);
  }

  /// Ends a receive() of another thread.
  void end() const { shutdown(socket_.fd, SHUT_RDWR); }

  void send_close() {
    constexpr std::array<std::uint8_t, 8> kClose{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8};
    static_cast<void>(::send(socket_.fd, kClose.data(), kClose.size(), MSG_NOSIGNAL));
  }

 private:
  [[nodiscard]] bool read_all(std::span<std::uint8_t> room) const {
    const auto size = static_cast<ssize_t>(room.size());
    return recv(socket_.fd, room.data(), room.size(), MSG_WAITALL) == size;
  }
  void connect_to(const std::string& host, const std::string& port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0) {
      throw std::runtime_error("no address and port: " + host + ":" + port);
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address{found, freeaddrinfo};
    socket_.fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    if (socket_.fd < 0 || connect(socket_.fd, address->ai_addr, address->ai_addrlen) != 0 ||
        setsockopt(socket_.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
      throw std::runtime_error("can't connect");
    }
  }
  void say(const std::string& text) const {
    if (write(socket_.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      throw std::runtime_error("can't write");
    }
  }
  void read_answer() const {
    std::string answer;
    char next = 0;
    while (!answer.ends_with("\r\n\r\n")) {
      if (read(socket_.fd, &next, 1) != 1) throw std::runtime_error("no answer");
      answer += next;
    }
    if (!answer.starts_with("HTTP/1.1 101")) throw std::runtime_error("refused: " + answer);
  }

  Socket socket_;
  std::uint32_t mask_ = 0x9E3779B9U;
};

}  // namespace audio_floor
