#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/base64.hpp"
#include "support/server_process.hpp"

namespace test {

/// The certificate that makes a server a TLS server. PEM files.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path client_ca;  ///< if given, a client certificate of this CA is required
  std::string most = {};            ///< "1.2": nothing newer; "1.1": only this
};

/// Options of both kinds of server.
struct ListenOptions {
  std::string bind = "127.0.0.1";
  int port = 0;            ///< 0: a free one
  int receive_buffer = 0;  ///< bytes of SO_RCVBUF of every connection; 0: the system's choice
  std::optional<TlsFiles> tls = std::nullopt;
  bool quiet = false;  ///< errors are the only events, for tests with thousands of connections
};

/// The result of a connection's TLS handshake.
struct ConnectionTls {
  std::string version;      ///< e.g. "TLSv1.3"
  std::string asked_name;   ///< by SNI; empty if none
  std::string client_name;  ///< the common name of the client's certificate; empty if none
  bool resumed = false;     ///< a session of an earlier connection was resumed
};

/// An opening handshake as the server received it.
struct Opened {
  int connection = 0;  ///< 1, 2, 3... per server
  std::string path;    ///< with the query; each byte above 127 becomes a character U+0080 to U+00FF
  std::vector<std::pair<std::string, std::string>> headers;  ///< in order
  std::string extensions;                                    ///< agreed extensions; empty if none
  std::string subprotocol;                                   ///< agreed subprotocol; empty if none
  std::optional<ConnectionTls> tls;

  /// The value of the first header of this name, in any case.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

/// The end of a connection: both the WebSocket and TCP are closed.
struct Closed {
  int connection = 0;
  int code = 0;        ///< of the side that closed first; 1006 if there was no close frame
  std::string reason;  ///< likewise
  std::string by;      ///< "client", "server" or, without any close frame, "none"
  std::string tcp;     ///< RawServer only: "eof" or "reset" by the client, "local" by the server
  std::optional<int> received_code;  ///< of the client's close frame
  std::optional<int> sent_code;      ///< of the server's close frame
  std::size_t binary_messages = 0;
  std::size_t binary_bytes = 0;
};

/// The commands and queries of both kinds of server. Connections are numbered from 1. All waiting
/// methods throw ServerError on a timeout.
class Server : public ServerProcess {
 public:
  [[nodiscard]] std::string url(std::string_view path = "/", std::string_view host = "") const;

  void send_text(int connection, std::string_view text);
  void send_binary(int connection, std::span<const std::uint8_t> data);
  void ping(int connection, std::string_view payload = "");
  /// Sends a close frame.
  void close(int connection, int code = 1000, std::string_view reason = "");
  /// Resets TCP.
  void abort(int connection);
  /// Stops reading, so that TCP pushes back and pings get no answer.
  void pause_reading(int connection);
  void resume_reading(int connection);
  /// Refuses new TCP connections. Existing ones stay.
  void stop_listening();
  /// Listens again on the same port.
  void listen_again();

  /// The oldest handshake that was not returned yet.
  Opened wait_open(std::chrono::milliseconds timeout = default_timeout);
  Opened wait_open(int connection, std::chrono::milliseconds timeout = default_timeout);
  std::string wait_text(int connection, std::chrono::milliseconds timeout = default_timeout);
  Bytes wait_binary(int connection, std::chrono::milliseconds timeout = default_timeout);
  /// Takes binary messages until they have at least this many bytes. Returns them joined.
  Bytes wait_binary_bytes(int connection, std::size_t at_least,
                          std::chrono::milliseconds timeout = default_timeout);
  /// The payload of a ping or pong.
  std::string wait_ping(int connection, std::chrono::milliseconds timeout = default_timeout);
  std::string wait_pong(int connection, std::chrono::milliseconds timeout = default_timeout);
  Closed wait_close(int connection, std::chrono::milliseconds timeout = default_timeout);

 protected:
  Server(const std::string& script, const ListenOptions& options,
         std::vector<std::string> arguments);
  ~Server() = default;

 private:
  std::string scheme_;
};

}  // namespace test
