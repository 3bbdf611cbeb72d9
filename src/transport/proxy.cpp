#include "transport/proxy.hpp"

#include <algorithm>

#include "base/letter_case.hpp"
#include "base/redacted.hpp"

namespace audio_stream::transport {
namespace {

constexpr std::uint16_t kHttpPort = 80;

}  // namespace

std::string Proxy::display() const {
  return "http://" + host_and_port(authority.host, authority.ipv6, authority.port);
}

tl::expected<std::optional<Proxy>, std::string> parse_proxy(std::string_view text) {
  if (base::equals_ignoring_case(text, "none")) return std::nullopt;
  const auto wrong = [text](const std::string& why) {
    // A text that is not a URL may be a bare password.
    const bool url = text.find("://") != std::string_view::npos;
    return tl::unexpected((url ? base::quoted(text) : "it") +
                          " is not a proxy URL: " + why_without_secrets(text, why) +
                          ". Use http://[user:password@]host[:port], or none");
  };
  constexpr std::string_view kScheme = "http://";
  if (!base::equals_ignoring_case(text.substr(0, kScheme.size()), kScheme))
    return wrong("the scheme is not http");
  const bool clean =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!clean) return wrong("it holds a blank, a control character or one beyond ASCII");
  std::string_view where = text.substr(kScheme.size());
  if (where.ends_with('/')) where.remove_suffix(1);
  if (where.find_first_of("/?#") != std::string_view::npos) {
    return wrong(
        "nothing may follow the port; in a user name or password '/', '?' and '#' must be "
        "percent-encoded");
  }
  auto authority = parse_authority(where, kHttpPort);
  if (!authority) return wrong(authority.error());
  return Proxy{std::move(*authority)};
}

}  // namespace audio_stream::transport
