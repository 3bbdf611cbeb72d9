#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transport/websocket.hpp"

namespace audio_stream::transport {

/// The secrets of a handshake's request, which a server may repeat in its answer.
class EchoedSecrets {
 public:
  /// `token` is a bearer's, or empty.
  EchoedSecrets(const Endpoint& endpoint, std::string_view token);

  /// The beginning of a server's text, with "(not shown)" in place of each secret. A secret that
  /// the end of the text cuts is a secret too. Call this before anything else cuts the text.
  [[nodiscard]] std::string hidden(std::string_view text) const;

 private:
  void add(std::string secret);
  void add_parts_of(std::string_view text, char separator);

  std::vector<std::string> secrets_;
};

}  // namespace audio_stream::transport
