#include "transport/headers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "base/letter_case.hpp"
#include "base/redacted.hpp"
#include "base/utf8.hpp"
#include "websocket/http_words.hpp"

namespace audio_stream::transport {
namespace {

using Json = nlohmann::ordered_json;
using Error = tl::unexpected<std::string>;

bool is_field_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

// Set by the handshake itself. A second copy would make a server refuse the request or misread it.
bool belongs_to_handshake(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames{"host",
                                                   "connection",
                                                   "upgrade",
                                                   "content-length",
                                                   "transfer-encoding",
                                                   "sec-websocket-key",
                                                   "sec-websocket-version",
                                                   "sec-websocket-accept",
                                                   "sec-websocket-extensions"};
  return std::ranges::any_of(
      kNames, [name](std::string_view own) { return base::equals_ignoring_case(own, name); });
}

Error too_much(std::size_t there, const char* of_what, std::size_t most) {
  return Error("it has " + std::to_string(there) + " " + of_what + "; at most " +
               std::to_string(most) + " can be sent");
}

struct Parsed {
  Json json;
  std::size_t members = 0;
};

/// An ordered_json searches all members for each new one, so it gets no more than may be sent.
Parsed parse_json(std::string_view text) {
  Parsed parsed;
  const auto keep = [&parsed](int depth, Json::parse_event_t event, const Json& /*part*/) {
    if (event != Json::parse_event_t::key) return true;
    return depth == 1 && ++parsed.members <= kMostHeaders;
  };
  parsed.json = Json::parse(text, keep, false);
  return parsed;
}

}  // namespace

tl::expected<Headers, std::string> parse_headers(std::string_view text) {
  if (text.size() > kMostHeadersBytes) return too_much(text.size(), "bytes", kMostHeadersBytes);
  const Parsed parsed = parse_json(base::is_utf8(text) ? text : base::mended_utf8(text));
  const Json& json = parsed.json;
  if (!json.is_object()) {
    return Error(R"(it is not a JSON object like {"Name":"Value"})");
  }
  if (parsed.members > kMostHeaders) return too_much(parsed.members, "headers", kMostHeaders);
  Headers headers;
  for (const auto& [name, value] : json.items()) {
    const std::string shown = "header " + base::quoted(name);
    if (!websocket::is_token(name)) {
      return Error(shown + " has an invalid name: it must be a token (RFC 9110, 5.6.2)");
    }
    if (belongs_to_handshake(name)) return Error(shown + " is set by the handshake itself");
    if (!value.is_string()) return Error("the value of " + shown + " is not a string");
    const auto& content = value.get_ref<const std::string&>();
    if (!is_field_value(content)) {
      return Error("the value of " + shown + " holds a control character such as CR or LF");
    }
    headers.emplace_back(name, content);
  }
  return headers;
}

}  // namespace audio_stream::transport
