#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <tl/expected.hpp>

#include "transport/url.hpp"

namespace audio_stream::control {

/// The servers that an administrator allows, by the host in the URL. A name is compared as a name:
/// the addresses that it resolves to are not checked.
class AllowedHosts {
 public:
  /// Allows every host.
  AllowedHosts() = default;

  /// Reads a list separated by commas: `asr.example.com`, `*.example.com` (any name below it),
  /// `10.0.0.7`, `10.0.0.0/8`, `[::1]`, `2001:db8::/32`. Each entry may end in `:port`; an IPv6
  /// address then needs brackets. The error names the entry that is none of these.
  static tl::expected<AllowedHosts, std::string> parse(std::string_view text);

  [[nodiscard]] bool allow(const transport::Url& url) const;

 private:
  struct Name {
    std::string name;  ///< in lower case
    bool below;        ///< any name that ends in `name`, which begins with a dot
  };
  using V4 = boost::asio::ip::network_v4;
  using V6 = boost::asio::ip::network_v6;
  struct Entry {
    std::variant<Name, V4, V6> host;
    std::uint16_t port{};  ///< 0: any
  };

  static tl::expected<Entry, std::string> parse_entry(std::string_view text);
  static bool matches(const Entry& entry, const transport::Url& url);

  std::vector<Entry> entries_;
  bool allows_all_ = true;
};

}  // namespace audio_stream::control
