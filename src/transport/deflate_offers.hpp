#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "websocket/handshake.hpp"

namespace audio_stream::transport {

/// Remembers which offer of compression a server accepts. Some servers answer 400 to an offer with
/// parameters, others to any offer. The result is remembered by host and port, so only the first
/// stream to a server has to try several offers. Any thread but a media thread.
class DeflateOffers {
 public:
  /// The largest offer that a stream may make to that server.
  [[nodiscard]] websocket::DeflateOffer best(const std::string& host, std::uint16_t port) const;

  /// Call when the server refused every larger offer and accepted `offer`.
  void remember(const std::string& host, std::uint16_t port, websocket::DeflateOffer offer);

  /// The next smaller offer.
  [[nodiscard]] static websocket::DeflateOffer smaller(websocket::DeflateOffer offer) noexcept;

  static constexpr std::size_t kMostServers = 1024;  ///< with more, no new server is remembered

 private:
  struct Server {
    std::string host;
    std::uint16_t port = 0;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a null pointer in it
    friend auto operator<=>(const Server&, const Server&) = default;
  };

  mutable std::mutex mutex_;
  std::map<Server, websocket::DeflateOffer> taken_;  // guarded by mutex_
};

}  // namespace audio_stream::transport
