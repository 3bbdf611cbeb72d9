#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transport/websocket.hpp"

namespace audio_stream::transport {

/// Hides the secrets of a handshake's request in the server's answer, which may repeat them.
class EchoedSecrets {
 public:
  /// `token` is the bearer token, or empty.
  EchoedSecrets(const Endpoint& endpoint, std::string_view token);

  /// The beginning of a server's text, with "(not shown)" instead of each secret. A secret that the
  /// end of the text cuts off is hidden too. Call this before anything else cuts the text.
  [[nodiscard]] std::string hidden(std::string_view text) const;

 private:
  void add(std::string secret);
  void add_parts_of(std::string_view text, char separator);

  std::vector<std::string> secrets_;
};

}  // namespace audio_stream::transport
