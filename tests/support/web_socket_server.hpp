#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/server.hpp"

namespace test {

struct WebSocketServerOptions {
  ListenOptions listen = {};
  bool deflate = false;  ///< agree to permessage-deflate
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::vector<std::string> subprotocols = {};
  std::string basic_auth = {};        ///< "user:password"; anything else gets a 401
  bool audio_data = true;             ///< whether binary events carry their data
  bool binary_events = true;          ///< false: binaries are only counted, see counters()
  std::filesystem::path record = {};  ///< a file that gets every binary payload appended
  bool echo = false;                  ///< every message is sent back
  std::optional<double> ping_interval = std::nullopt;  ///< seconds
  std::optional<double> close_timeout = std::nullopt;  ///< seconds to answer a close frame in
};

struct Counters {
  std::size_t binary_messages = 0;
  std::size_t binary_bytes = 0;
  std::size_t texts = 0;
};

/// A correct server: Debian's python3-websockets.
class WebSocketServer : public Server {
 public:
  explicit WebSocketServer(const WebSocketServerOptions& options = {});

  /// Answers the next `count` requests with this HTTP status.
  void refuse_next(int count, int status, std::optional<int> retry_after_seconds = std::nullopt);
  /// The next refused request: {conn, status, path, headers}.
  json wait_refused(std::chrono::milliseconds timeout = default_timeout);
  /// What each connection has received so far, by connection number.
  std::map<int, Counters> counters();
};

}  // namespace test
