#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transport/errors.hpp"

namespace audio_stream::stream {

/// The events of the seed, by name and body.
enum class EventKind : std::uint8_t { connect, disconnect, error, json, play };

/// Every kind, for whoever has to register them.
inline constexpr EventKind kEventKinds[] = {EventKind::connect, EventKind::disconnect,
                                            EventKind::error, EventKind::json, EventKind::play};

/// "mod_audio_stream::connect" and so on; a literal.
const char* subclass_of(EventKind kind) noexcept;

/// Something to tell the application. Holds no secret.
struct Event {
  EventKind kind = EventKind::json;
  std::string body;
  bool final = false;  ///< the stream's last; exactly one is
};

/// `{"status":"connected"}`
std::string connect_body();
/// `{"status":"disconnected","message":{"code":1000,"reason":"Normal closure"}}`
std::string disconnect_body(const transport::Closure& closure);
/// `{"status":"error","message":{"retries":1,"error":"...","wait_time":100,"http_status":403,"code":6}}`
/// The last one serves those who know the peer's newer versions.
std::string error_body(const transport::Failure& failure, std::uint32_t retries,
                       std::int64_t wait_ms);

}  // namespace audio_stream::stream
