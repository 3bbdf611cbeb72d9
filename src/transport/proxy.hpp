#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "transport/authority.hpp"

namespace audio_stream::transport {

/// An HTTP proxy to connect through (RFC 9110, 9.3.6), and the credentials it wants.
struct Proxy {
  Authority authority;

  /// What may be shown to anybody: no userinfo.
  [[nodiscard]] std::string display() const;
};

/// Reads "http://[user:password@]host[:port]", the port being 80 unless it is given, or "none". The
/// error holds no secret.
tl::expected<std::optional<Proxy>, std::string> parse_proxy(std::string_view text);

}  // namespace audio_stream::transport
