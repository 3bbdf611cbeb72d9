#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace test {

/// How the other side's direction of TCP ended, if it did.
enum class End { none, eof, reset };

/// What came until nothing more did.
struct Rest {
  std::string bytes;
  End end = End::none;
};

/// A frame as it came, header and all.
struct WireFrame {
  unsigned first = 0;  ///< FIN, the reserved bits and the opcode: 0x81 is a whole text
  bool masked = false;
  std::string payload;
};

/// A blocking client that knows nothing but TCP and the headers of frames; for the self-test of the
/// servers. What is waited for too long is a std::runtime_error.
class RawClient {
 public:
  static constexpr std::string_view key = "AAECAwQFBgcICQoLDA0ODw==";
  static constexpr std::string_view accept = "Bz3qJYTGdOe8gUSpLosEdiLKDrk=";  // the answer to it

  /// Connects to a numeric address.
  explicit RawClient(int port, const std::string& host = "127.0.0.1", int receive_buffer = 0);

  void send(std::string_view bytes) const;
  /// Masked, as a client must; a payload of at most 65535 bytes.
  void send_frame(unsigned first, std::string_view payload) const;
  /// Sends up to `limit` zero bytes until TCP has taken none for so long; returns how many it took.
  [[nodiscard]] std::size_t send_until_blocked(std::size_t limit,
                                               std::chrono::milliseconds patience) const;
  void send_close(unsigned code, std::string_view reason = "") const;

  /// Asks for an upgrade; the further headers end in CR LF each.
  void request(std::string_view path, std::string_view headers = "") const;
  /// Also reads the answer up to its empty line.
  std::string upgrade(std::string_view path, std::string_view headers = "");

  std::string read_exactly(std::size_t count);
  std::string read_until(std::string_view end);
  WireFrame read_frame();
  /// Reads until the end, or until nothing has come for so long.
  Rest read_rest(std::chrono::milliseconds patience = std::chrono::milliseconds{5'000});

  /// Ends our direction of TCP.
  void finish() const;
  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  bool receive(std::chrono::milliseconds patience, End& end);

  audio_stream::base::UniqueFd socket_;
  std::string received_;
};

}  // namespace test
