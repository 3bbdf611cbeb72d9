#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/unique_fd.hpp"

namespace test {

/// One client of a DirectServer after the upgrade. A call returns false once the client has
/// disconnected or the server ends.
class DirectConnection {
 public:
  DirectConnection(audio_stream::base::UniqueFd socket, const std::atomic<bool>& ending)
      : socket_{std::move(socket)}, ending_{ending} {}

  bool accept();
  /// Sends bytes unchanged.
  bool send(std::string_view bytes);
  /// The next frame of the client.
  bool receive(int& opcode, std::string& payload);
  /// Reads and discards what has arrived.
  bool discard();
  bool wait(std::chrono::milliseconds time);
  /// Resets TCP.
  void reset();
  [[nodiscard]] bool over() const { return ending_.load(); }

 private:
  bool fill(std::size_t count);

  audio_stream::base::UniqueFd socket_;
  const std::atomic<bool>& ending_;
  std::string received_;
};

/// A complete frame of a server.
std::string server_frame(int opcode, std::string_view payload, bool last = true);

/// A WebSocket server in this process, with a thread for each connection. For tests that measure
/// time, because no other process has to be scheduled.
class DirectServer {
 public:
  using Serve = std::function<void(DirectConnection&)>;

  explicit DirectServer(Serve serve);
  ~DirectServer();
  DirectServer(const DirectServer&) = delete;
  DirectServer& operator=(const DirectServer&) = delete;

  [[nodiscard]] std::string url() const;

 private:
  void listen();

  Serve serve_;
  audio_stream::base::UniqueFd listener_;
  int port_ = 0;
  std::atomic<bool> ending_{false};
  std::list<std::thread> connections_;  // used by the listening thread
  std::thread thread_;
};

}  // namespace test
