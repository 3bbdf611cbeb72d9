#include "transport/deflate_offers.hpp"

namespace audio_stream::transport {

using websocket::DeflateOffer;

DeflateOffer DeflateOffers::best(const std::string& host, std::uint16_t port) const {
  const std::lock_guard lock{mutex_};
  const auto found = taken_.find({host, port});
  return found == taken_.end() ? DeflateOffer::full : found->second;
}

void DeflateOffers::remember(const std::string& host, std::uint16_t port, DeflateOffer offer) {
  const std::lock_guard lock{mutex_};
  const auto found = taken_.find({host, port});
  if (found != taken_.end()) {
    found->second = offer;
  } else if (taken_.size() < kMostServers) {
    taken_.emplace(Server{host, port}, offer);
  }
}

DeflateOffer DeflateOffers::smaller(DeflateOffer offer) noexcept {
  return offer == DeflateOffer::full ? DeflateOffer::bare : DeflateOffer::none;
}

}  // namespace audio_stream::transport
