#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "must.hpp"
#include "transport/headers.hpp"

namespace {

using audio_stream::transport::Headers;
using audio_stream::transport::parse_headers;

void check(const Headers& headers) {
  must(headers.size() <= audio_stream::transport::kMostHeaders,
       "the number of headers has a bound");
  for (const auto& [name, value] : headers) {
    must(!name.empty(), "a header has a name");
    must(std::all_of(name.begin(), name.end(),
                     [](char c) { return c > 0x20 && c < 0x7F && c != ':'; }),
         "a name breaks no line", name);
    must(std::none_of(value.begin(), value.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }),
         "a value breaks no line", value);
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    must(lower != "host" && lower != "connection" && lower != "upgrade" &&
             lower != "sec-websocket-key",
         "the handshake's own headers are refused", name);
  }
}

/// As a JSON string. Bytes that are not UTF-8 become characters, because a string can't have them.
std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const bool utf8 = audio_stream::base::is_utf8(text);
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || c == '"' || c == '\\' || (byte >= 0x80 && !utf8)) {
      json += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 0xFU]};
    } else {
      json += c;
    }
  }
  return json += '"';
}

void check_errors_of(const std::string& json) {
  const auto headers = parse_headers(json);
  if (headers) {
    check(*headers);
  } else {
    must(!contains(headers.error(), "s3cret-canary"), "no value is in an error", headers.error());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  if (const auto headers = parse_headers(text)) check(*headers);

  // The same bytes as a name, and beside a secret in a value.
  if (contains(text, "s3cret-canary")) return 0;
  const std::string string = quoted(text);
  const std::string inside = string.substr(1, string.size() - 2);
  check_errors_of("{" + string + ":\"s3cret-canary" + inside + "\"}");
  check_errors_of("{\"A\":\"" + inside + "s3cret-canary\\r\\n\"}");
  return 0;
}
