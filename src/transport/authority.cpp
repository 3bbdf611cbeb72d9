#include "transport/authority.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "base/redacted.hpp"
#include "base/whole_number.hpp"

namespace audio_stream::transport {
namespace {

using Error = tl::unexpected<std::string>;

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_numeric(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

tl::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
  const auto port = base::whole_number(text, 1, 65535);
  if (!port) {
    // A port that is not a number may be a password: part of a "user:password@" whose end is
    // missing.
    const bool number = std::all_of(text.begin(), text.end(), is_digit);
    return Error("the port " + (number ? base::quoted(text) + " " : "") +
                 "is not a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(*port);
}

/// Reads "host", "host:port" or "[v6]:port" into `to`.
tl::expected<void, std::string> parse_host_and_port(std::string_view text, Authority& to) {
  std::string_view rest;
  boost::system::error_code error;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Error("'[' without ']' around the IPv6 address");
    to.host = text.substr(1, close - 1);
    to.ipv6 = true;
    boost::asio::ip::make_address_v6(to.host, error);
    if (error) return Error(base::quoted(to.host) + " is not an IPv6 address");
    rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') {
      return Error("what follows the IPv6 address is not a port");
    }
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    to.host = text.substr(0, colon);
    rest = text.substr(colon);
    if (to.host.empty()) return Error("the host is missing");
    if (is_numeric(to.host)) {
      boost::asio::ip::make_address_v4(to.host, error);
      if (error) return Error(base::quoted(to.host) + " is not an IPv4 address");
    } else if (!is_host_name(to.host)) {
      return Error(base::quoted(to.host) +
                   " is not a host name, an IPv4 address or an [IPv6] address");
    }
  }
  if (rest.size() > 1) {  // "host:" also means the default port (RFC 3986, 3.2.3)
    const auto port = parse_port(rest.substr(1));
    if (!port) return Error(port.error());
    to.port = *port;
  }
  return {};
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = base::hex_value(text[i + 1]);
    const auto low = base::hex_value(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

bool is_host_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > 253 || host.front() == '-') return false;
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

tl::expected<Authority, std::string> parse_authority(std::string_view text,
                                                     std::uint16_t default_port) {
  Authority parsed;
  parsed.port = default_port;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    auto userinfo = percent_decoded(text.substr(0, at));
    if (!userinfo) return Error("the part before '@' is not correctly percent-encoded");
    parsed.userinfo = std::move(*userinfo);
    if (!parsed.userinfo.empty()) parsed.secret = text.substr(0, at + 1);
    text.remove_prefix(at + 1);
  }
  if (const auto place = parse_host_and_port(text, parsed); !place) return Error(place.error());
  return parsed;
}

std::string host_and_port(const std::string& host, bool ipv6, std::uint16_t port) {
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string basic_credentials(const std::string& userinfo) {
  // RFC 7617 requires a colon, even before an empty password.
  const bool has_colon = userinfo.find(':') != std::string::npos;
  return "Basic " + base::encode_base64(has_colon ? userinfo : userinfo + ":");
}

std::string why_without_secrets(std::string_view text, const std::string& why) {
  // A quoted value may be a password that was not percent-encoded.
  const bool may_hold_secret =
      text.find('@') != std::string_view::npos && why.find('"') != std::string::npos;
  if (!may_hold_secret) return why;
  return "the part before its last '@' is malformed; in a user name or password '/', '?', '#' and "
         "'@' must be percent-encoded";
}

}  // namespace audio_stream::transport
