#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "raw_client.hpp"
#include "support/raw_server.hpp"

namespace test {

/// Long enough for what would come at once.
inline constexpr std::chrono::milliseconds short_while{60};
inline constexpr std::size_t mebibyte = 1 << 20;

/// The 101 to a RawClient.
std::string right_answer();

/// One play of a scenario: a connection to it, and the server's view of the same.
struct Play {
  RawServer& server;
  RawClient& client;
  int connection;
  std::string path;

  /// The request, and the right answer to it.
  void upgrade() const;
  /// The request, and whatever answer comes, up to its empty line.
  [[nodiscard]] std::string answer() const;

  /// Nothing comes, and TCP stays open.
  void expect_silence() const;
  /// These bytes come, and then this end.
  void expect_end(End end, const std::string& before = "") const;

  /// The client fails the connection, as one that found fault with it does.
  void expect_polite_end(unsigned code = 1002) const;

  /// The server has sent this close frame: the client answers it, and TCP ends.
  void expect_close_sent(const std::string& payload) const;

  void send_binaries(int count) const;
};

/// What a scenario must do, as gtest's expectations.
using Check = std::function<void(const Play&)>;

/// After a right handshake exactly these bytes, and then the end that a client wants.
Check sends(std::string bytes);

/// Exactly this answer to the request, and no more, TCP staying open.
Check answers(std::string bytes);

Check stays_silent(std::string said = "anyone there?");

/// An answer that is right but for one header: this line is not, that one (if any) is there.
Check answers_but_for(const std::string& without, const std::string& with = "");

/// A right answer with this header besides.
Check answers_also(const std::string& header);

Check closes_with(std::string payload);

Check refuses(const std::string& status, const std::string& header = "");

/// One data message of `total` bytes in frames of which each has this first byte.
Check sends_large(const std::vector<unsigned>& firsts, std::size_t total);

/// After the 101 and whatever made it happen, TCP ends so.
Check drops(End end, int binaries = 0);

Check ends_at_once(End end);

}  // namespace test
