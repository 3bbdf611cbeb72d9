#include "control/allowed_hosts.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/blanks.hpp"
#include "base/letter_case.hpp"
#include "base/redacted.hpp"
#include "base/whole_number.hpp"
#include "transport/authority.hpp"

namespace audio_stream::control {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

/// In lower case, and without the final dot of an absolute name.
std::string normalized(std::string_view host) {
  std::string name = base::to_lower(host);
  while (name.ends_with('.')) name.pop_back();
  return name;
}

/// A network of an address with or without a prefix length; without one, of `bits`.
template <class Network, class Parse, class Make>
std::optional<Network> network_of(const std::string& text, unsigned bits, const Parse& parse,
                                  const Make& make) {
  error_code error;
  if (text.find('/') != std::string::npos) {
    const Network network = parse(text, error);
    // 10.0.0.7/8 is ambiguous: the host 10.0.0.7 or the network 10.0.0.0/8.
    if (error || network.canonical() != network) return std::nullopt;
    return network;
  }
  const auto address = make(text, error);
  if (error) return std::nullopt;
  return Network{address, static_cast<unsigned short>(bits)};
}

}  // namespace

tl::expected<AllowedHosts, std::string> AllowedHosts::parse(std::string_view text) {
  AllowedHosts hosts;
  hosts.allows_all_ = false;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = base::trimmed(text.substr(0, comma));
    if (!word.empty()) {
      auto entry = parse_entry(word);
      if (!entry) return tl::unexpected(std::move(entry.error()));
      hosts.entries_.push_back(std::move(*entry));
    }
    if (comma == text.size()) break;
    text.remove_prefix(comma + 1);
  }
  if (hosts.entries_.empty()) return tl::unexpected<std::string>("it names no host");
  return hosts;
}

tl::expected<AllowedHosts::Entry, std::string> AllowedHosts::parse_entry(std::string_view text) {
  const auto wrong = [text] {
    return tl::unexpected(base::quoted(text) +
                          " is not a host name, *.<domain>, an address or a network (10.0.0.0/8), "
                          "perhaps with :<port>");
  };
  Entry entry{};
  std::string host = normalized(text);
  const bool in_brackets = host.starts_with('[');
  const bool bare_ipv6 = !in_brackets && std::count(host.begin(), host.end(), ':') > 1;
  if (const std::size_t colon = host.rfind(':');
      colon != std::string::npos && !bare_ipv6 && (!in_brackets || host[colon - 1] == ']')) {
    const auto port = base::whole_number(std::string_view{host}.substr(colon + 1), 1, 65535);
    if (!port) return wrong();
    entry.port = static_cast<std::uint16_t>(*port);
    host.resize(colon);
  }
  if (in_brackets) {
    if (!host.ends_with(']')) return wrong();
    host = host.substr(1, host.size() - 2);
  }
  if (const auto v4 = network_of<V4>(
          host, 32, [](auto& t, auto& e) { return ip::make_network_v4(t, e); },
          [](auto& t, auto& e) { return ip::make_address_v4(t, e); });
      v4 && !in_brackets) {
    entry.host = *v4;
  } else if (const auto v6 = network_of<V6>(
                 host, 128, [](auto& t, auto& e) { return ip::make_network_v6(t, e); },
                 [](auto& t, auto& e) { return ip::make_address_v6(t, e); })) {
    entry.host = *v6;
  } else if (in_brackets || bare_ipv6 || host.find('/') != std::string::npos) {
    return wrong();
  } else {
    Name name{host, host.starts_with("*.")};
    if (name.below) name.name.erase(0, 1);  // leaves the dot
    if (!transport::is_host_name(std::string_view{name.name}.substr(name.below ? 1 : 0)))
      return wrong();
    entry.host = std::move(name);
  }
  return entry;
}

bool AllowedHosts::matches(const Entry& entry, const transport::Url& url) {
  if (entry.port != 0 && entry.port != url.port) return false;
  error_code not_an_address;
  const auto address = ip::make_address(url.host, not_an_address);
  if (const auto* name = std::get_if<Name>(&entry.host)) {
    const std::string host = normalized(url.host);
    return name->below ? host.size() > name->name.size() && host.ends_with(name->name)
                       : host == name->name;
  }
  if (not_an_address) return false;
  if (const auto* v4 = std::get_if<V4>(&entry.host)) {
    // An IPv4-mapped IPv6 address (::ffff:10.0.0.7) counts as the IPv4 address.
    const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    if (!address.is_v4() && !mapped) return false;
    const auto plain =
        mapped ? ip::make_address_v4(ip::v4_mapped, address.to_v6()) : address.to_v4();
    return V4{plain, v4->prefix_length()}.canonical() == *v4;
  }
  if (!address.is_v6()) return false;
  const V6& v6 = std::get<V6>(entry.host);
  return V6{address.to_v6(), v6.prefix_length()}.canonical() == v6;
}

bool AllowedHosts::allow(const transport::Url& url) const {
  return allows_all_ || std::any_of(entries_.begin(), entries_.end(),
                                    [&url](const Entry& entry) { return matches(entry, url); });
}

}  // namespace audio_stream::control
