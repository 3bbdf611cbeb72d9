#pragma once

#include <chrono>

namespace audio_stream::transport {

/// How long each step of making a connection may take.
struct Deadlines {
  std::chrono::milliseconds files{5000};      ///< reading the TLS files and the token
  std::chrono::milliseconds resolve{5000};    ///< the name lookup
  std::chrono::milliseconds connect{5000};    ///< TCP, over all addresses
  std::chrono::milliseconds tls{5000};        ///< the TLS handshake
  std::chrono::milliseconds handshake{5000};  ///< from the request to the server's 101
};

}  // namespace audio_stream::transport
