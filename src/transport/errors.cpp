#include "transport/errors.hpp"

namespace audio_stream::transport {

std::string reason_of(int close_code) {
  switch (close_code) {
    case 1000:
      return "Normal closure";
    case 1001:
      return "Going away";
    case 1002:
      return "Protocol error";
    case 1003:
      return "Unsupported data";
    case 1005:
      return "No status";
    case 1006:
      return "Abnormal closure";
    case 1007:
      return "Invalid payload data";
    case 1008:
      return "Policy violation";
    case 1009:
      return "Message too big";
    case 1010:
      return "Extension expected";
    case 1011:
      return "Internal error";
    case 1012:
      return "Service restart";
    case 1013:
      return "Try again later";
    case 1014:
      return "Bad gateway";
    case 1015:
      return "TLS handshake failed";
    default:
      return "Closed with code " + std::to_string(close_code);
  }
}

bool worth_retrying(const Failure& failure) noexcept {
  if (failure.code == ErrorCode::tls_init_failed) return false;
  switch (failure.http_status) {
    case 408:
    case 425:
    case 429:
      return true;
    default:
      return failure.http_status < 300 || failure.http_status >= 500;
  }
}

}  // namespace audio_stream::transport
