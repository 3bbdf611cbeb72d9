#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace soak {

/// A WebSocket server on its own thread that echoes each binary message at once. It is written in
/// C++ so that thousands of messages a second do not load it.
class EchoServer {
 public:
  EchoServer();
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint64_t messages() const;
  /// The time between two messages of a stream. The stream waits at least that long for the echo.
  struct Pause {
    std::chrono::milliseconds length{0};
    std::chrono::steady_clock::time_point end;
  };
  [[nodiscard]] Pause longest_pause() const;
  /// The CPU time of the server's thread.
  [[nodiscard]] std::chrono::nanoseconds processor_time() const;

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace soak
