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
///
/// A server may also fail (500) because of an offer. It may as well fail for another reason, and
/// shall not be asked three times for each attempt then: a smaller offer follows only on every
/// second failure in a row.
class DeflateOffers {
 public:
  /// The most that a stream may offer to that server.
  [[nodiscard]] websocket::DeflateOffer best(const std::string& host, std::uint16_t port) const;

  /// The server refused all that offer more, and took `offer`.
  void took(const std::string& host, std::uint16_t port, websocket::DeflateOffer offer);

  /// The server took the offer that best() said.
  void took_best(const std::string& host, std::uint16_t port);

  /// The server failed when it was made that offer. True if a smaller one is to be tried.
  [[nodiscard]] bool failed(const std::string& host, std::uint16_t port);

  /// The next smaller offer.
  [[nodiscard]] static websocket::DeflateOffer less(websocket::DeflateOffer offer) noexcept;

  static constexpr std::size_t kMostServers = 1024;  ///< nothing is remembered of further ones

 private:
  struct Server {
    std::string host;
    std::uint16_t port = 0;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a null pointer in it
    friend auto operator<=>(const Server&, const Server&) = default;
  };

  struct Known {
    websocket::DeflateOffer best = websocket::DeflateOffer::full;
    bool failed = false;  ///< an odd number of times in a row
  };

  [[nodiscard]] Known* known(const std::string& host, std::uint16_t port);

  mutable std::mutex mutex_;
  std::map<Server, Known> servers_;  // guarded by mutex_
};

}  // namespace audio_stream::transport
