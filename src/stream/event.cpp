#include "stream/event.hpp"

#include <nlohmann/json.hpp>

namespace audio_stream::stream {
namespace {

using Json = nlohmann::ordered_json;

// Reasons come from servers and may be anything: replace what is no UTF-8 rather than throw.
std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

const char* subclass_of(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::connect:
      return "mod_audio_stream::connect";
    case EventKind::disconnect:
      return "mod_audio_stream::disconnect";
    case EventKind::error:
      return "mod_audio_stream::error";
    case EventKind::json:
      return "mod_audio_stream::json";
    case EventKind::play:
      return "mod_audio_stream::play";
  }
  return "mod_audio_stream::json";
}

std::string connect_body() {
  return to_text({{"status", "connected"}});
}

std::string disconnect_body(const transport::Closure& closure) {
  return to_text({{"status", "disconnected"},
                  {"message", {{"code", closure.code}, {"reason", closure.reason}}}});
}

std::string error_body(const transport::Failure& failure, std::uint32_t retries,
                       std::int64_t wait_ms) {
  return to_text({{"status", "error"},
                  {"message",
                   {{"retries", retries},
                    {"error", failure.message},
                    {"wait_time", wait_ms},
                    {"http_status", failure.http_status},
                    {"code", static_cast<int>(failure.code)}}}});
}

}  // namespace audio_stream::stream
