#pragma once

#include <string>

namespace audio_stream::transport {

/// Kinds of failure. The numbers up to 11 are those of `error` events in later mod_audio_stream
/// versions.
enum class ErrorCode : int {
  io = 1,
  invalid_header = 2,
  server_masked = 3,
  not_supported = 4,
  ping_timeout = 5,
  connect_failed = 6,
  tls_init_failed = 7,
  ssl_handshake_failed = 8,
  ssl_error = 9,
  timeout = 10,
  protocol = 11,
  bearer_unreadable = 12,  ///< our own number
};

/// Why a connection could not be made.
struct Failure {
  ErrorCode code = ErrorCode::io;
  int http_status = 0;  ///< of the server's or the proxy's answer; 0 without one
  std::string message;  ///< for people; holds no secret
};

/// How an open connection ended.
struct Closure {
  int code = 1006;     ///< RFC 6455, 7.4: the server's; 1000 for our own close; 1006 without one
  std::string reason;  ///< for people
  bool by_server = false;  ///< the server sent the first close frame
};

/// The name of a close code (RFC 6455, 7.4.1), for a close without a reason text.
std::string reason_of(int close_code);

/// Whether a failed attempt is worth a retry. After an HTTP 4xx the same request will be refused
/// again, except after the statuses about time (408, 425, 429). A redirect (3xx) needs another URL.
/// Unusable TLS files stay unusable until somebody corrects them.
bool worth_retrying(const Failure& failure) noexcept;

}  // namespace audio_stream::transport
