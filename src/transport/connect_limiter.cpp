#include "transport/connect_limiter.hpp"

#include <algorithm>
#include <utility>

namespace audio_stream::transport {
namespace {

// A thread that checks every few milliseconds admits all permits that became due in between, but
// does not catch up on a longer pause.
constexpr std::chrono::milliseconds kCatchUp{16};

}  // namespace

void ConnectLimiter::Permit::release() noexcept {
  if (is_linked()) unlink();
  if (std::exchange(active_, false)) --connect_limiter_.active_;
}

void ConnectLimiter::admit_or_queue(Permit& permit, Clock::time_point now) {
  if (waiting_.empty() && due() <= now) {
    admit(permit, now);
  } else {
    waiting_.push_back(permit);
  }
}

void ConnectLimiter::admit(Permit& permit, Clock::time_point now) {
  due_ = (active_ < kAtOnce ? now : std::max(due_, now - kCatchUp)) + kPace;
  ++active_;
  permit.active_ = true;
  // Moved out, because a permit that fails at once may be destroyed by on_turn.
  const auto on_turn = std::move(permit.on_turn_);
  on_turn();
}

void ConnectLimiter::admit_waiting(Clock::time_point now) {
  while (!waiting_.empty() && due() <= now) {
    Permit& next = waiting_.front();
    waiting_.pop_front();
    admit(next, now);
  }
}

}  // namespace audio_stream::transport
