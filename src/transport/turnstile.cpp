#include "transport/turnstile.hpp"

#include <algorithm>
#include <utility>

namespace audio_stream::transport {
namespace {

// Whoever looks for its turn every few milliseconds finds all whose turn came meanwhile, but not
// those of a pause.
constexpr std::chrono::milliseconds kMadeUpFor{16};

}  // namespace

void Turnstile::Visit::end() noexcept {
  if (is_linked()) unlink();
  if (std::exchange(inside_, false)) --turnstile_.inside_;
}

void Turnstile::admit_or_queue(Visit& visit, Clock::time_point now) {
  if (waiting_.empty() && due() <= now) {
    admit(visit, now);
  } else {
    waiting_.push_back(visit);
  }
}

void Turnstile::admit(Visit& visit, Clock::time_point now) {
  due_ = (inside_ < kAtOnce ? now : std::max(due_, now - kMadeUpFor)) + kPace;
  ++inside_;
  visit.inside_ = true;
  const auto on_turn = std::move(visit.on_turn_);  // who fails at once may be gone then
  on_turn();
}

void Turnstile::let_in(Clock::time_point now) {
  while (!waiting_.empty() && due() <= now) {
    Visit& next = waiting_.front();
    waiting_.pop_front();
    admit(next, now);
  }
}

}  // namespace audio_stream::transport
