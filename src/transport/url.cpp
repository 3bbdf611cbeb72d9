#include "transport/url.hpp"

#include <algorithm>

#include "base/letter_case.hpp"
#include "base/redacted.hpp"
#include "transport/authority.hpp"

namespace audio_stream::transport {
namespace {

constexpr std::uint16_t kPlainPort = 80;
constexpr std::uint16_t kSecurePort = 443;

using Error = tl::unexpected<std::string>;

/// Adds a value of the URL that may also be the whole value of a channel variable. Short values
/// ("1", "audio") are skipped, because they would hide innocent variables.
void add_secret(std::string_view value, std::vector<std::string>& secrets) {
  constexpr std::size_t kShortestValue = 8;
  if (value.size() < kShortestValue) return;
  secrets.emplace_back(value);
  if (auto decoded = percent_decoded(value); decoded && *decoded != value) {
    secrets.push_back(std::move(*decoded));
  }
}

/// Adds the values of "a=1&b=2", and values without a name.
void add_values_of(std::string_view query, std::vector<std::string>& secrets) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    add_secret(pair.substr(pair.find('=') + 1), secrets);  // npos + 1 is 0
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

/// The position of the next URL in the list `text`, which begins with a URL.
std::size_t next_url(std::string_view text) {
  for (std::size_t comma = text.find(','); comma != std::string_view::npos;
       comma = text.find(',', comma + 1)) {
    const std::string_view rest = text.substr(comma + 1);
    for (const std::string_view scheme : {"ws://", "wss://"}) {
      if (base::equals_ignoring_case(rest.substr(0, scheme.size()), scheme)) return comma + 1;
    }
  }
  return text.size();
}

}  // namespace

std::string Url::host_header() const {
  std::string header = ipv6 ? "[" + host + "]" : host;
  if (port != (secure ? kSecurePort : kPlainPort)) header += ":" + std::to_string(port);
  return header;
}

std::string Url::display() const {
  return (secure ? "wss://" : "ws://") + host_header() + target.substr(0, target.find('?'));
}

tl::expected<Url, std::string> parse_url(std::string_view text) {
  const auto wrong = [text](const std::string& why) {
    return Error("invalid websocket url " + base::quoted(text) + ": " +
                 why_without_secrets(text, why) + ". Use ws://host[:port][/path] or wss://...");
  };
  Url url;
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(scheme_end, text.size()));
  if (scheme_end == std::string_view::npos ||
      !(base::equals_ignoring_case(scheme, "ws") || base::equals_ignoring_case(scheme, "wss"))) {
    return wrong("the scheme is neither ws nor wss");
  }
  url.secure = scheme.size() == 3;
  for (const char c : text) {
    if ((c >= 0 && c <= 0x20) || c == 0x7F) return wrong("it holds a blank or a control character");
    if ((static_cast<unsigned char>(c) & 0x80U) != 0) {
      return wrong("it holds a character beyond ASCII, which has to be percent-encoded");
    }
  }
  text.remove_prefix(scheme_end + 3);
  if (text.find('#') != std::string_view::npos) {
    return wrong("a WebSocket has no fragment ('#'); write %23 if it belongs to the path");
  }
  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  const std::string_view where = text.substr(0, authority_end);
  url.target = text.substr(authority_end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (const std::size_t query = url.target.find('?'); query < url.target.size() - 1) {
    url.secrets.push_back(url.target.substr(query));
    add_values_of(std::string_view{url.target}.substr(query + 1), url.secrets);
  }

  auto authority = parse_authority(where, url.secure ? kSecurePort : kPlainPort);
  if (!authority) return wrong(authority.error());
  url.host = std::move(authority->host);
  url.port = authority->port;
  url.ipv6 = authority->ipv6;
  url.userinfo = std::move(authority->userinfo);
  if (!authority->secret.empty()) {
    const std::string given = std::move(authority->secret);  // user:password@
    url.secrets.push_back(given);
    const std::string_view user_and_password{given.data(), given.size() - 1};
    add_secret(user_and_password.substr(user_and_password.find(':') + 1), url.secrets);
  }
  return url;
}

tl::expected<std::vector<Url>, std::string> parse_urls(std::string_view text) {
  std::vector<Url> urls;
  do {
    if (urls.size() == kMostUrls) {
      return Error("more than " + std::to_string(kMostUrls) + " websocket urls are given");
    }
    const std::size_t next = next_url(text);
    const bool last = next == text.size();
    auto url = parse_url(text.substr(0, last ? next : next - 1));
    if (!url) return Error(std::move(url.error()));
    urls.push_back(std::move(*url));
    text.remove_prefix(next);
  } while (!text.empty());
  return urls;
}

}  // namespace audio_stream::transport
