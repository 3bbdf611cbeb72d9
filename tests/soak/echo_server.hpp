#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace soak {

/// A WebSocket server on a thread of its own that sends each binary message back at once. In C++,
/// so that thousands of messages a second are no matter to it.
class EchoServer {
 public:
  EchoServer();
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint64_t messages() const;
  /// Between two messages of the same stream: what a stream waits for the answer by, at least.
  struct Pause {
    std::chrono::milliseconds length{0};
    std::chrono::steady_clock::time_point end;
  };
  [[nodiscard]] Pause longest_pause() const;
  /// What its thread has used of a processor.
  [[nodiscard]] std::chrono::nanoseconds processor_time() const;

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace soak
