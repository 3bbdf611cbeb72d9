#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/server.hpp"

namespace test {

struct RawServerOptions {
  ListenOptions listen = {};
  /// "name?parameters", played for any path; empty: the path names the scenario.
  std::string scenario = {};
};

/// The opcodes of RFC 6455 5.2.
enum class Opcode : int { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// A frame of the client.
struct Frame {
  bool fin = false;
  int rsv = 0;     ///< RSV1 counts 4, RSV2 2, RSV3 1
  int opcode = 0;  ///< any of 0 to 15, see Opcode
  bool masked = false;
  Bytes payload;  ///< unmasked
  Bytes mask;     ///< the masking key; empty if not masked
};

struct ScenarioDescription {
  std::string name;
  std::string description;
  bool reads_request = true;  ///< false: only play() or RawServerOptions can select it, no path
};

/// A server at the level of bytes, for behaviour that a correct server lacks. The path of the
/// request selects the scenario ("/close?code=1008"; "/" is "normal") unless play() has set one.
/// `raw_server.py --list` lists them.
class RawServer : public Server {
 public:
  explicit RawServer(const RawServerOptions& options = {});

  /// Plays "name?parameters" for any path, for the next `next` connections or for all.
  void play(std::string_view scenario, std::optional<int> next = std::nullopt);
  /// Lets the path select the scenario again.
  void play_by_path();
  [[nodiscard]] std::vector<ScenarioDescription> scenarios();

  /// Sends bytes unchanged.
  void send_raw(int connection, std::span<const std::uint8_t> data);
  /// Closes the server's direction of TCP, without a close frame or a TLS close_notify.
  void fin(int connection);

  /// The number of the next connection that TCP has accepted, with or without a request.
  int wait_connected(std::chrono::milliseconds timeout = default_timeout);
  /// The reason why a client's TLS handshake failed.
  std::string wait_tls_failed(std::chrono::milliseconds timeout = default_timeout);
  Frame wait_frame(int connection, std::chrono::milliseconds timeout = default_timeout);
  /// The next frame of this opcode. Others stay queued.
  Frame wait_frame(int connection, Opcode opcode,
                   std::chrono::milliseconds timeout = default_timeout);
};

}  // namespace test
