// One client of the sink. Payload is read where it was received, and copied only if a frame did not
// arrive in one piece.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "macro/sink/group.hpp"
#include "macro/sink/tls_end.hpp"

namespace bench {

class Connection {
 public:
  /// Finds the group of a name. It must outlive the connection.
  using Groups = std::function<Group&(const std::string&)>;

  /// Owns the socket. Without a TLS context the connection is plain.
  Connection(int socket, SSL_CTX* tls);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Reads everything into `room`, which all connections share. `ends`: the peer has closed. False:
  /// the connection is over.
  bool receive(std::span<unsigned char> room, const Groups& groups, bool ends);

 private:
  ssize_t read(void* room, std::size_t bytes);
  bool say(std::string_view text);
  bool take(std::span<unsigned char> bytes, const Groups& groups);
  std::optional<std::size_t> shake_hands(std::span<const unsigned char> bytes,
                                         const Groups& groups);
  std::size_t take_frames(std::span<unsigned char> bytes);
  void on_message(std::span<const unsigned char> audio);
  void on_text(std::span<const unsigned char> text);
  bool talk(std::size_t bytes);
  bool answer(unsigned opcode, std::span<const unsigned char> payload);

  int socket_;
  std::optional<TlsEnd> tls_;
  std::vector<unsigned char> rest_;  // the beginning of an incomplete frame
  Group* group_ = nullptr;           // set by the upgrade request
  bool talks_ = false;
  std::int64_t begun_ns_ = 0;  // from the path, until the first message
  bool over_ = false;
};

}  // namespace bench
