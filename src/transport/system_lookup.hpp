#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace audio_stream::transport {

/// Asks the system's name service switch (NSS) for a host's addresses; empty if it knows none. May
/// block for as long as one of its services does.
using SystemLookup = std::function<std::vector<boost::asio::ip::address>(const std::string& host)>;

/// getaddrinfo(), if /etc/nsswitch.conf names a service for hosts that may know more than the hosts
/// file and the name servers (mdns, myhostname...). Otherwise empty.
SystemLookup system_lookup();

/// Whether the text of an nsswitch.conf names such a service.
bool names_other_services(std::string_view nsswitch_conf);

}  // namespace audio_stream::transport
