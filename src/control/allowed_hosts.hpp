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

/// The servers an administrator lets streams go to, by what stands in their URL. Where a name leads
/// to is not looked at: whoever allows a name trusts whoever answers for it.
class AllowedHosts {
 public:
  /// Anybody.
  AllowedHosts() = default;

  /// From a list with commas: `asr.example.com`, `*.example.com` (any name below it), `10.0.0.7`,
  /// `10.0.0.0/8`, `[::1]`, `2001:db8::/32`; each perhaps with `:port`, an IPv6 address in brackets
  /// then. The error says which one is not like that.
  static tl::expected<AllowedHosts, std::string> parse(std::string_view text);

  [[nodiscard]] bool allow(const transport::Url& url) const;

 private:
  struct Name {
    std::string name;  ///< in lower case
    bool below;
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
  bool anybody_ = true;
};

}  // namespace audio_stream::control
