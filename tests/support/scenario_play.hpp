#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "raw_client.hpp"
#include "support/raw_server.hpp"

namespace test {

/// Long enough for anything that is sent at once.
inline constexpr std::chrono::milliseconds short_while{60};
inline constexpr std::size_t mebibyte = 1 << 20;

/// The correct 101 to a RawClient.
std::string right_answer();

/// One run of a scenario: a connection to it, and the server's view of the connection.
struct Play {
  RawServer& server;
  RawClient& client;
  int connection;
  std::string path;

  /// Sends the request and expects the correct answer.
  void upgrade() const;
  /// Sends the request and returns any answer up to its empty line.
  [[nodiscard]] std::string answer() const;

  /// Expects that nothing arrives and TCP stays open.
  void expect_silence() const;
  /// Expects these bytes and then this end.
  void expect_end(End end, const std::string& before = "") const;

  /// Ends the connection as a client that found an error does.
  void expect_polite_end(unsigned code = 1002) const;

  /// Answers the close frame that the server has sent, and expects the end of TCP.
  void expect_close_sent(const std::string& payload) const;

  void send_binaries(int count) const;
};

/// The expectations of a scenario.
using Check = std::function<void(const Play&)>;

/// After a correct handshake exactly these bytes; then the client ends the connection.
Check sends(std::string bytes);

/// Exactly this answer to the request. TCP stays open.
Check answers(std::string bytes);

Check stays_silent(std::string said = "anyone there?");

/// A correct answer without this header line, and with the other one if given.
Check answers_but_for(const std::string& without, const std::string& with = "");

/// A correct answer with this additional header.
Check answers_also(const std::string& header);

Check closes_with(std::string payload);

Check refuses(const std::string& status, const std::string& header = "");

/// One data message of `total` bytes in frames with these first bytes.
Check sends_large(const std::vector<unsigned>& firsts, std::size_t total);

/// After the 101 and its cause, TCP ends this way.
Check drops(End end, int binaries = 0);

Check ends_at_once(End end);

}  // namespace test
