#include "stream/reconnection.hpp"

#include <random>

namespace audio_stream::stream {
namespace {

// After a connection that lasted this long, the next outage begins with a short wait.
constexpr std::chrono::seconds kLasting{10};

constexpr std::chrono::milliseconds kLittleRoom{1000};
constexpr std::chrono::milliseconds kTimeToConnect{2000};

}  // namespace

Reconnection::Reconnection(const control::Options& options, Clock::time_point begun,
                           RecentLosses* losses)
    : options_{options},
      begun_{begun},
      losses_{losses},
      retry_policy_{std::random_device{}()},
      url_rotation_{1 + options.further_urls.size()} {}

const transport::Url& Reconnection::url() const {
  const std::size_t turn = url_rotation_.current();
  return turn == 0 ? options_.endpoint.url : options_.further_urls[turn - 1];
}

std::string Reconnection::reported_url() const {
  return options_.further_urls.empty() ? std::string{} : url().display();
}

Reconnection::Plan Reconnection::on_failed(bool refused, Clock::time_point now,
                                           std::optional<Milliseconds> room) {
  ++failed_attempts_;
  if (!outage_since_) {
    outage_since_ = failed_attempts_ == 1 && !ever_connected_ ? begun_ : now;
  }
  const auto outlook = url_rotation_.failed(refused);
  const bool allowed = may_retry(now);
  Plan plan;
  plan.attempts = failed_attempts_;
  plan.another = allowed && outlook == UrlRotation::Outlook::another;
  plan.hopeful = allowed && outlook != UrlRotation::Outlook::all_refused;
  if (!plan.another) plan.wait = retry_policy_.next_wait(room);
  return plan;
}

void Reconnection::on_connected(Clock::time_point now) noexcept {
  connected_at_ = now;
  ever_connected_ = true;
  failed_attempts_ = 0;
  url_rotation_.connected();
  outage_since_.reset();
}

Reconnection::Milliseconds Reconnection::on_lost(bool silent, Clock::time_point now,
                                                 std::optional<Milliseconds> room) {
  outage_since_ = now;
  if (silent && url_rotation_.failed(false) == UrlRotation::Outlook::another) {
    return Milliseconds{0};
  }
  if (now - connected_at_ >= kLasting) retry_policy_.reset();
  const auto spread = losses_ != nullptr ? losses_->record(now) : Milliseconds{0};
  return retry_policy_.next_wait(room, spread);
}

bool Reconnection::should_dial_anew(Clock::time_point since, Clock::time_point now,
                                    std::optional<Milliseconds> room) const {
  const auto& limits = options_.reconnect;
  if (!limits.enabled || now - since < kTimeToConnect) return false;
  if (!room || room->count() <= 0 || *room > kLittleRoom) return false;
  if (limits.max_attempts > 0 && failed_attempts_ + 1 >= limits.max_attempts) return false;
  return limits.max_outage.count() == 0 || now - outage_since_.value_or(begun_) < limits.max_outage;
}

/// Whether the user's limits allow another attempt.
bool Reconnection::may_retry(Clock::time_point now) const {
  const auto& limits = options_.reconnect;
  if (limits.max_attempts > 0 && failed_attempts_ >= limits.max_attempts) return false;
  return limits.max_outage.count() == 0 || !outage_since_ ||
         now - *outage_since_ < limits.max_outage;
}

}  // namespace audio_stream::stream
