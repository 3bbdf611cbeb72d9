#include "stream/playout_queue.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace audio_stream::stream {
namespace {

// The number of samples converted in one turn, before other streams get theirs.
constexpr std::size_t kSlice = 16'384;

// The capacity that message_ keeps between messages, in samples: 20 ms at 48 kHz.
constexpr std::size_t kKept = 1024;

// The resampler waits kTail for more audio, and longer while more than kRunningDryMs is queued:
// ending the sound too early would be heard if it continues. It looks again kTailLeadMs before the
// queue runs empty.
constexpr std::chrono::milliseconds kTail{20};
constexpr std::uint64_t kRunningDryMs = 40;
constexpr std::uint64_t kTailLeadMs = 30;

void drop(std::vector<std::int16_t>& samples) {
  samples.clear();
  if (samples.capacity() > kKept) samples.shrink_to_fit();
}

audio::UtteranceResampler resampler_for(std::uint32_t rate_hz) {
  // The uplink converts from this rate, so this one can convert to it.
  return std::move(*audio::UtteranceResampler::create(rate_hz));
}

}  // namespace

PlayoutQueue::PlayoutQueue(Parts parts)
    : parts_{std::move(parts)},
      resampler_{resampler_for(lead().rate_hz())},
      tail_{parts_.context},
      self_{std::make_shared<PlayoutQueue*>(this)} {}

PlayoutQueue::~PlayoutQueue() {
  *self_ = nullptr;
}

audio::Playout& PlayoutQueue::lead() const noexcept {
  // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn): there is one of them at least
  return parts_.caller != nullptr ? parts_.caller->playout : parts_.callee->playout;
}

std::uint64_t PlayoutQueue::length_of(std::size_t samples, std::uint32_t rate_hz) const noexcept {
  return samples * std::uint64_t{lead().rate_hz()} / rate_hz;
}

std::uint64_t PlayoutQueue::rest_of_message() const noexcept {
  if (message_.empty()) return 0;
  return length_of(message_.size() - message_taken_, message_rate_hz_);
}

/// The length queued for the side that has less.
std::uint64_t PlayoutQueue::least_queued() const noexcept {
  std::uint64_t least = queued();
  for_each_side(
      [&](const audio::Playout& side) { least = std::min(least, side.written() - side.taken()); });
  return least;
}

bool PlayoutQueue::fits(std::uint32_t rate_hz) const noexcept {
  std::size_t room = lead().room();
  for_each_side([&](const audio::Playout& side) { room = std::min(room, side.room()); });
  return length_of(message_.size(), rate_hz) + resampler_.kept_back() <= room;
}

bool PlayoutQueue::take(std::uint32_t rate_hz) {
  message_taken_ = 0;
  message_rate_hz_ = rate_hz;
  return take_slice();
}

bool PlayoutQueue::take_slice() {
  const auto slice = std::span<const std::int16_t>{message_}
                         .subspan(message_taken_)
                         .first(std::min(kSlice, message_.size() - message_taken_));
  message_taken_ += slice.size();
  converted_.clear();
  const bool usable = resampler_.append(slice, message_rate_hz_, converted_);
  if (!usable) parts_.on_unusable(message_rate_hz_);
  write(converted_);
  if (usable && message_taken_ < message_.size()) {
    take_later();
    return false;
  }
  drop(message_);
  drop(converted_);
  finish_tail_in(kTail);
  return true;
}

void PlayoutQueue::take_later() {
  boost::asio::post(parts_.context, [self = self_] {
    if (*self == nullptr) return;
    PlayoutQueue& queue = **self;
    queue.parts_.guarded([&] { queue.parts_.on_slice(queue.take_slice()); });
  });
}

void PlayoutQueue::drop_message() {
  drop(message_);
}

void PlayoutQueue::abandon_unqueued() {
  resampler_.abandon();
  tail_.cancel();
  message_taken_ = message_.size();
}

void PlayoutQueue::write(const std::vector<std::int16_t>& samples) {
  if (samples.empty()) return;
  for_each_side([&](audio::Playout& side) { side.write(samples); });
}

void PlayoutQueue::finish_tail_in(std::chrono::milliseconds wait) {
  if (resampler_.kept_back() == 0) return;
  tail_.expires_after(wait);
  tail_.async_wait([self = self_](const boost::system::error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    PlayoutQueue& queue = **self;
    queue.parts_.guarded([&] { queue.finish_tail(); });
  });
}

void PlayoutQueue::finish_tail() {
  // take_slice() and pause(false) arm the timer again.
  if (!message_.empty() || paused()) return;
  if (const std::uint64_t left = ms(least_queued()); left > kRunningDryMs) {
    finish_tail_in(std::chrono::milliseconds{left - kTailLeadMs});
    return;
  }
  converted_.clear();
  resampler_.finish(converted_);
  write(converted_);
  parts_.on_tail();
}

void PlayoutQueue::clear(std::uint32_t fade_ms) {
  const std::size_t fade = samples(fade_ms);
  for_each_side([&](audio::Playout& side) { side.clear(fade); });
}

void PlayoutQueue::pause(bool paused) {
  for_each_side([&](audio::Playout& side) { side.pause(paused); });
  if (!paused) finish_tail_in(kTail);
}

void PlayoutQueue::end_utterance() {
  for_each_side([&](audio::Playout& side) { side.end_at(end()); });
}

std::optional<audio::Playout::Cleared> PlayoutQueue::next_cleared() {
  if (parts_.caller != nullptr && parts_.callee != nullptr) {
    while (parts_.callee->playout.next_cleared()) {  // only the caller's side is reported
    }
  }
  return lead().next_cleared();
}

}  // namespace audio_stream::stream
