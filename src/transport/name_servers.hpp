#pragma once

#include <ares.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace audio_stream::transport {

/// A channel of c-ares: the name servers in an order, and the queries to them.
struct NameChannel {
  struct Destroy {
    void operator()(ares_channel channel) const { ares_destroy(channel); }
  };
  std::unique_ptr<ares_channeldata, Destroy> handle;
  std::string first;        ///< the server that each query asks first
  std::size_t pending = 0;  ///< queries
  bool retired = false;     ///< there is a better one for new queries
};

/// Opens channels, and remembers which name servers are silent: c-ares asks the servers in their
/// order and forgets between two queries that the first one did not answer.
///
/// Used by one thread.
class NameServers {
 public:
  using Clock = std::chrono::steady_clock;

  /// Those of resolv.conf, or `servers` ("host:port,..."), if there are any.
  explicit NameServers(std::string servers) : servers_{std::move(servers)} {}

  /// A channel whose first server answered last time, if one did. No handle if it can't be set up.
  [[nodiscard]] NameChannel open(Clock::time_point now) const;
  /// A channel that reads the hosts file and asks no server.
  [[nodiscard]] static NameChannel hosts_file();

  /// This one was silent where another one answered: it comes last for kSilence.
  void mark_silent(const std::string& server, Clock::time_point now);

  /// What c-ares waits for an answer of each server in the first round; twice that in the next.
  static constexpr std::chrono::milliseconds kTimeout{1000};
  static constexpr std::chrono::seconds kSilence{60};

 private:
  const std::string servers_;
  std::map<std::string, Clock::time_point> silent_;  // until when they come last
};

}  // namespace audio_stream::transport
