#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "websocket/handshake.hpp"

namespace audio_stream::transport {

/// Which offer of compression a server takes: some answer 400 to an offer with parameters, others
/// to any. What one was found to take is remembered by its host and port, so that only the first
/// stream to it asks several times. Any thread but a media thread.
class DeflateOffers {
 public:
  /// The most that a stream may offer to that server.
  [[nodiscard]] websocket::DeflateOffer best(const std::string& host, std::uint16_t port) const;

  /// The server refused all that offer more, and took `offer`.
  void remember(const std::string& host, std::uint16_t port, websocket::DeflateOffer offer);

  /// The next smaller offer.
  [[nodiscard]] static websocket::DeflateOffer smaller(websocket::DeflateOffer offer) noexcept;

  static constexpr std::size_t kMostServers = 1024;  ///< beyond that nothing new is remembered

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
