#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// The authority part of a URL: "[userinfo@]host[:port]" (RFC 3986, 3.2).
struct Authority {
  std::string host;        ///< a name or an address; IPv6 without its brackets
  std::uint16_t port = 0;  ///< 1 to 65535
  bool ipv6 = false;       ///< host is an IPv6 address
  std::string userinfo;    ///< percent-decoded "user:password"; empty if none; a secret
  std::string secret;      ///< "user:password@" as given; empty if none
};

/// The error may quote a part of `text`: pass it through why_without_secrets().
tl::expected<Authority, std::string> parse_authority(std::string_view text,
                                                     std::uint16_t default_port);

/// Decodes each %XX of `text`; nullopt if one is malformed.
std::optional<std::string> percent_decoded(std::string_view text);

/// Whether `host` is a name (RFC 1035). Underscores are allowed, because DNS carries them and they
/// are in use.
bool is_host_name(std::string_view host);

/// "host:port", with IPv6 in brackets.
std::string host_and_port(const std::string& host, bool ipv6, std::uint16_t port);

/// The value of an Authorization or Proxy-Authorization header (RFC 7617).
std::string basic_credentials(const std::string& userinfo);

/// Returns `why`, or a general text if `why` quotes a part of `text` that may belong to a password.
std::string why_without_secrets(std::string_view text, const std::string& why);

}  // namespace audio_stream::transport
