#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "transport/authority.hpp"

namespace audio_stream::transport {

/// An HTTP proxy to connect through (RFC 9110, 9.3.6), with its credentials.
struct Proxy {
  Authority authority;

  /// The part that may be shown to anybody: without userinfo.
  [[nodiscard]] std::string display() const;
};

/// Reads "http://[user:password@]host[:port]", with port 80 by default, or "none" (nullopt). The
/// error holds no secret.
tl::expected<std::optional<Proxy>, std::string> parse_proxy(std::string_view text);

}  // namespace audio_stream::transport
