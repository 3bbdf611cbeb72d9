#pragma once

#include <string>

namespace audio_stream::transport {

/// Kinds of failure. Up to 11 the numbers are those of later mod_audio_stream versions in `error`
/// events.
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
  bearer_unreadable = 12,  ///< ours
};

/// Why a connection could not be made.
struct Failure {
  ErrorCode code = ErrorCode::io;
  int http_status = 0;  ///< the server's answer or its proxy's, if it got as far as HTTP
  std::string message;  ///< for people; holds no secret
};

/// How a connection that stood came to its end.
struct Closure {
  int code = 1006;  ///< RFC 6455, 7.4: the server's, 1000 for our own close, 1006 where none came
  std::string reason;      ///< for people
  bool by_server = false;  ///< the server sent a close frame on its own account
};

/// What RFC 6455, 7.4.1 calls a code, for closes that came without a reason of their own.
std::string reason_of(int close_code);

/// Whether an attempt that failed so is worth another one. An HTTP 4xx means that the same request
/// will be refused again, but for those that speak of time (408, 425, 429). A redirect (3xx) needs
/// another URL. Files for TLS that can't be used stay so until somebody mends them.
bool worth_retrying(const Failure& failure) noexcept;

}  // namespace audio_stream::transport
