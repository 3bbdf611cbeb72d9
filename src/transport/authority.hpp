#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// What a URL says of where: "[userinfo@]host[:port]" (RFC 3986, 3.2), taken apart.
struct Authority {
  std::string host;        ///< a name or an address; IPv6 without its brackets
  std::uint16_t port = 0;  ///< 1 to 65535
  bool ipv6 = false;       ///< host is an IPv6 address
  std::string userinfo;    ///< percent-decoded "user:password"; empty if none. A secret.
  std::string secret;      ///< "user:password@" as it was given; empty if none
};

/// The error may quote a part of `text`: see why_without_secrets().
tl::expected<Authority, std::string> parse_authority(std::string_view text,
                                                     std::uint16_t default_port);

/// `text` with each %XX as the byte it stands for; nothing if one of them is none.
std::optional<std::string> percent_decoded(std::string_view text);

/// A name (RFC 1035), with the underscore that DNS carries anyway and people use.
bool is_host_name(std::string_view host);

/// "host:port", IPv6 in brackets.
std::string host_and_port(const std::string& host, bool ipv6, std::uint16_t port);

/// What RFC 7617 wants in an Authorization or Proxy-Authorization header.
std::string basic_credentials(const std::string& userinfo);

/// `why`, unless it quotes a part of `text` that may be part of a password.
std::string why_without_secrets(std::string_view text, const std::string& why);

}  // namespace audio_stream::transport
