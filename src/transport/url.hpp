#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// The parts of a WebSocket URL (RFC 3986; RFC 6455, section 3).
struct Url {
  bool secure = false;     ///< wss
  std::string host;        ///< a name or an address; IPv6 without its brackets
  std::uint16_t port = 0;  ///< 1 to 65535; the scheme's default if none was given
  std::string target;      ///< path and query as the user wrote them; begins with '/'
  std::string userinfo;    ///< percent-decoded "user:password"; empty if none; a secret
  bool ipv6 = false;       ///< host is an IPv6 address
  /// The secret parts of the text as given: "user:password@" and "?query". Also the password and
  /// each value of the query if they have 8 bytes or more, both as given and percent-decoded.
  std::vector<std::string> secrets;

  /// The part that may be shown to anybody: without userinfo and query.
  [[nodiscard]] std::string display() const;
  /// The Host header: IPv6 in brackets, the port only if it is not the scheme's default.
  [[nodiscard]] std::string host_header() const;
};

/// Parses `text`, or returns what is wrong with it. Hand-written, because std::regex recurses over
/// its input and a FreeSWITCH thread has 240 KiB of stack.
tl::expected<Url, std::string> parse_url(std::string_view text);

/// The maximum for parse_urls().
inline constexpr std::size_t kMostUrls = 8;

/// Parses one URL, or several separated by commas, in order. A comma separates two URLs only if
/// "ws://" or "wss://" follows it, because other commas may belong to a path or a query.
tl::expected<std::vector<Url>, std::string> parse_urls(std::string_view text);

}  // namespace audio_stream::transport
