#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "must.hpp"
#include "transport/headers.hpp"

namespace {

using audio_stream::transport::Headers;
using audio_stream::transport::parse_headers;

void check(const Headers& headers) {
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  if (const auto headers = parse_headers(text)) check(*headers);

  // The same bytes as a name, and as what surrounds a secret value.
  if (contains(text, "s3cret-canary")) return 0;
  for (const std::string& value :
       {"s3cret-canary" + std::string{text}, std::string{text} + "s3cret-canary\r\n"}) {
    const nlohmann::json json{{std::string{text}, value}};
    const auto headers =
        parse_headers(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    if (headers) {
      check(*headers);
    } else {
      must(!contains(headers.error(), "s3cret-canary"), "no value is in an error", headers.error());
    }
  }
  return 0;
}
