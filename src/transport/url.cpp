#include "transport/url.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace audio_stream::transport {
namespace {

constexpr std::uint16_t kPlainPort = 80;
constexpr std::uint16_t kSecurePort = 443;

using Error = tl::unexpected<std::string>;

/// A part of the user's text as it may be shown: short, and nothing that breaks a line or a
/// terminal.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string out{text.substr(0, kMost)};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c >= 0x7F; }, '?');
  if (text.size() > kMost) out += "...";
  return out;
}

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

std::optional<int> hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

// RFC 1035 names, and the underscore that DNS carries anyway and people use.
bool is_host_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : host) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (is_alpha(c) || is_digit(c) || c == '-' || c == '_') {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label > 0;
}

bool is_numeric(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

tl::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
  unsigned port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end || port < 1 || port > 65535) {
    return Error("port \"" + shown(text) + "\" is not a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(port);
}

/// Reads "host", "host:port" or "[v6]:port" into `url`.
tl::expected<void, std::string> parse_host_and_port(std::string_view text, Url& url) {
  std::string_view rest;
  boost::system::error_code error;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Error("'[' without ']' around the IPv6 address");
    url.host = text.substr(1, close - 1);
    url.ipv6 = true;
    boost::asio::ip::make_address_v6(url.host, error);
    if (error) return Error("\"" + shown(url.host) + "\" is not an IPv6 address");
    rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') {
      return Error("\"" + shown(rest) + "\" after the IPv6 address is not a port");
    }
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    url.host = text.substr(0, colon);
    rest = text.substr(colon);
    if (url.host.empty()) return Error("the host is missing");
    if (is_numeric(url.host)) {
      boost::asio::ip::make_address_v4(url.host, error);
      if (error) return Error("\"" + shown(url.host) + "\" is not an IPv4 address");
    } else if (!is_host_name(url.host)) {
      return Error("\"" + shown(url.host) +
                   "\" is not a host name, an IPv4 address or an [IPv6] address");
    }
  }
  url.port = url.secure ? kSecurePort : kPlainPort;
  if (rest.size() > 1) {  // "host:" is the default port as well (RFC 3986, 3.2.3)
    const auto port = parse_port(rest.substr(1));
    if (!port) return Error(port.error());
    url.port = *port;
  }
  return {};
}

/// Where the next URL of a list begins in `text`, which begins with one.
std::size_t next_url(std::string_view text) {
  for (std::size_t comma = text.find(','); comma != std::string_view::npos;
       comma = text.find(',', comma + 1)) {
    const std::string_view rest = text.substr(comma + 1);
    for (const std::string_view scheme : {"ws://", "wss://"}) {
      if (equals_ignoring_case(rest.substr(0, scheme.size()), scheme)) return comma + 1;
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

std::string without_secrets(std::string_view text) {
  std::string_view rest = text;
  std::string scheme;
  if (const std::size_t slashes = rest.find("://"); slashes != std::string_view::npos) {
    const std::string_view word = rest.substr(0, slashes);
    if (std::all_of(word.begin(), word.end(), is_alpha)) {
      scheme = rest.substr(0, slashes + 3);
      rest.remove_prefix(slashes + 3);
    }
  }
  // This is text that may not have parsed, perhaps because of a password that holds a '/' or a '?':
  // hide more rather than less.
  const std::size_t query = std::min(rest.find('?'), rest.size());
  if (rest.find('@', query) != std::string_view::npos) return scheme + "...";
  rest = rest.substr(0, query);
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  return shown(scheme + std::string{rest});
}

tl::expected<Url, std::string> parse_url(std::string_view text) {
  const bool has_userinfo = text.find('@') != std::string_view::npos;
  const auto wrong = [text, has_userinfo](const std::string& why) {
    // A value that is wrong may be a password that was not percent-encoded.
    static const std::string kGeneric =
        "the part before its last '@' is not right; in a user name or password '/', '?', '#' and "
        "'@' "
        "are percent-encoded";
    const bool hides_value = has_userinfo && why.find('"') != std::string::npos;
    return Error("invalid websocket url \"" + without_secrets(text) + "\": " +
                 (hides_value ? kGeneric : why) + ". Use ws://host[:port][/path] or wss://...");
  };
  Url url;
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(scheme_end, text.size()));
  if (scheme_end == std::string_view::npos ||
      !(equals_ignoring_case(scheme, "ws") || equals_ignoring_case(scheme, "wss"))) {
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
  std::string_view authority = text.substr(0, authority_end);
  url.target = text.substr(authority_end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (const std::size_t query = url.target.find('?'); query < url.target.size() - 1) {
    url.secrets.push_back(url.target.substr(query));
  }

  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    auto userinfo = percent_decoded(authority.substr(0, at));
    if (!userinfo) return wrong("the part before '@' is not percent-encoded right");
    url.userinfo = std::move(*userinfo);
    url.secrets.emplace_back(authority.substr(0, at + 1));
    authority.remove_prefix(at + 1);
  }
  if (const auto parsed = parse_host_and_port(authority, url); !parsed) {
    return wrong(parsed.error());
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
