#include "transport/deflate_offers.hpp"

namespace audio_stream::transport {

using websocket::DeflateOffer;

DeflateOffer DeflateOffers::best(const std::string& host, std::uint16_t port) const {
  const std::lock_guard lock{mutex_};
  const auto found = servers_.find({host, port});
  return found == servers_.end() ? DeflateOffer::full : found->second.best;
}

void DeflateOffers::took(const std::string& host, std::uint16_t port, DeflateOffer offer) {
  const std::lock_guard lock{mutex_};
  if (Known* server = known(host, port)) *server = {offer, false};
}

void DeflateOffers::took_best(const std::string& host, std::uint16_t port) {
  const std::lock_guard lock{mutex_};
  const auto found = servers_.find({host, port});
  if (found == servers_.end()) return;
  found->second.failed = false;
  if (found->second.best == DeflateOffer::full) servers_.erase(found);
}

bool DeflateOffers::failed(const std::string& host, std::uint16_t port) {
  const std::lock_guard lock{mutex_};
  Known* server = known(host, port);
  if (server == nullptr) return false;
  server->failed = !server->failed;
  return !server->failed;
}

/// None if there is no room for a new one.
DeflateOffers::Known* DeflateOffers::known(const std::string& host, std::uint16_t port) {
  const auto found = servers_.find({host, port});
  if (found != servers_.end()) return &found->second;
  if (servers_.size() == kMostServers) return nullptr;
  return &servers_.emplace(Server{host, port}, Known{}).first->second;
}

DeflateOffer DeflateOffers::less(DeflateOffer offer) noexcept {
  return offer == DeflateOffer::full ? DeflateOffer::bare : DeflateOffer::none;
}

}  // namespace audio_stream::transport
