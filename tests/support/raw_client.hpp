#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace test {

/// How the peer's direction of TCP ended, if it did.
enum class End { none, eof, reset };

/// What arrived until nothing more did.
struct Rest {
  std::string bytes;
  End end = End::none;
};

/// A frame with its header.
struct WireFrame {
  unsigned first = 0;  ///< FIN, the reserved bits and the opcode: 0x81 is a whole text
  bool masked = false;
  std::string payload;
};

/// A blocking client that knows only TCP and frame headers, for the servers' own tests. A timeout
/// throws std::runtime_error.
class RawClient {
 public:
  static constexpr std::string_view key = "AAECAwQFBgcICQoLDA0ODw==";
  static constexpr std::string_view accept = "Bz3qJYTGdOe8gUSpLosEdiLKDrk=";  // the answer to it

  /// Connects to a numeric address.
  explicit RawClient(int port, const std::string& host = "127.0.0.1", int receive_buffer = 0);

  void send(std::string_view bytes) const;
  /// Sends a masked frame with a payload of at most 65535 bytes.
  void send_frame(unsigned first, std::string_view payload) const;
  /// Sends up to `limit` zero bytes until TCP has taken none for a while. Returns the number taken.
  [[nodiscard]] std::size_t send_until_blocked(std::size_t limit,
                                               std::chrono::milliseconds patience) const;
  void send_close(unsigned code, std::string_view reason = "") const;

  /// Sends an upgrade request. Each of the further headers ends in CR LF.
  void request(std::string_view path, std::string_view headers = "") const;
  /// As request(), and reads the answer up to its empty line.
  std::string upgrade(std::string_view path, std::string_view headers = "");

  std::string read_exactly(std::size_t count);
  std::string read_until(std::string_view end);
  WireFrame read_frame();
  /// Reads until the end, or until nothing has arrived for `patience`.
  Rest read_rest(std::chrono::milliseconds patience = std::chrono::milliseconds{5'000});

  /// Closes this side's direction of TCP.
  void finish() const;
  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  bool receive(std::chrono::milliseconds patience, End& end);

  audio_stream::base::UniqueFd socket_;
  std::string received_;
};

}  // namespace test
