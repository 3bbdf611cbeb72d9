#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// A WebSocket URL (RFC 3986; RFC 6455, section 3), taken apart.
struct Url {
  bool secure = false;     ///< wss
  std::string host;        ///< a name or an address; IPv6 without its brackets
  std::uint16_t port = 0;  ///< 1 to 65535; the scheme's own where none was given
  std::string target;      ///< path and query as the user wrote them; begins with '/'
  std::string userinfo;    ///< percent-decoded "user:password"; empty if none. A secret.
  bool ipv6 = false;       ///< host is an IPv6 address
  /// What is secret of the text as it was given: "user:password@", "?query"; and, of 8 bytes or
  /// more, the password and each value of the query, also without percent-encoding.
  std::vector<std::string> secrets;

  /// What may be shown to anybody: no userinfo, no query.
  [[nodiscard]] std::string display() const;
  /// The Host header: IPv6 in brackets, the port only if it isn't the scheme's own.
  [[nodiscard]] std::string host_header() const;
};

/// Takes `text` apart, or says what is wrong with it. Hand-written, because std::regex recurses
/// over its input and a FreeSWITCH thread has 240 KiB of stack.
tl::expected<Url, std::string> parse_url(std::string_view text);

/// The most that parse_urls() takes.
inline constexpr std::size_t kMostUrls = 8;

/// Takes one URL apart, or several with commas between them, in their order. A comma parts two URLs
/// only where a "ws://" or "wss://" follows it: others may well belong to a path or a query.
tl::expected<std::vector<Url>, std::string> parse_urls(std::string_view text);

}  // namespace audio_stream::transport
