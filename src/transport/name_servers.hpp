#pragma once

#include <ares.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace audio_stream::transport {

/// A c-ares channel: name servers in order, and the queries to them.
struct NameChannel {
  struct Destroy {
    void operator()(ares_channel channel) const { ares_destroy(channel); }
  };
  std::unique_ptr<ares_channeldata, Destroy> handle;
  std::string first;        ///< the server that queries ask first
  std::size_t pending = 0;  ///< number of pending queries
  bool retired = false;     ///< new queries use another channel
};

/// Opens channels and remembers which name servers do not answer. c-ares asks the servers in order
/// and does not remember between two queries that the first one was silent.
///
/// One thread only.
class NameServers {
 public:
  using Clock = std::chrono::steady_clock;

  /// Uses `servers` ("host:port,..."), or those of resolv.conf if it is empty.
  explicit NameServers(std::string servers) : servers_{std::move(servers)} {}

  /// A channel whose first server answered recently, if one did. `handle` is null if the channel
  /// cannot be set up.
  [[nodiscard]] NameChannel open(Clock::time_point now) const;
  /// A channel that reads only the hosts file.
  [[nodiscard]] static NameChannel hosts_file();

  /// Call when `server` was silent and another one answered: it comes last for kSilence.
  void mark_silent(const std::string& server, Clock::time_point now);

  /// How long c-ares waits for each server's answer in the first round; twice that in the next.
  static constexpr std::chrono::milliseconds kTimeout{1000};
  static constexpr std::chrono::seconds kSilence{60};

 private:
  const std::string servers_;
  std::map<std::string, Clock::time_point> silent_;  // server: until when it comes last
};

}  // namespace audio_stream::transport
