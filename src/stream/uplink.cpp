#include "stream/uplink.hpp"

#include <algorithm>
#include <array>

#include "audio/leg_mixer.hpp"

namespace audio_stream::stream {
namespace {

// Frames are taken in pieces of this many samples, so that the media thread's stack (240 KiB in
// FreeSWITCH) need not hold the longest frame there may be.
constexpr std::size_t kPiece = 960;

std::size_t queue_capacity(const Uplink::Shape& shape) {
  // One packet may be in the hands of the socket; two must fit even if a packet is as long as the
  // bound.
  return std::max<std::size_t>(shape.queue_ms / shape.packet_ms, 2);
}

}  // namespace

std::size_t Uplink::packet_samples(const Shape& shape) noexcept {
  return audio::PacketClock{shape.rate_hz, shape.packet_ms}.most_samples() *
         audio::channel_count(shape.mix);
}

tl::expected<std::unique_ptr<Uplink>, std::string> Uplink::create(const Shape& shape,
                                                                  std::uint32_t call_rate_hz,
                                                                  audio::PacketPool& pool,
                                                                  Counters& counters) {
  auto resampler =
      audio::Resampler::create(audio::channel_count(shape.mix), call_rate_hz, shape.rate_hz);
  if (!resampler) return tl::unexpected(std::move(resampler.error()));
  pool.ensure(1);
  audio::PacketPtr first = pool.take();
  if (!first) return tl::unexpected<std::string>("no memory is left for more audio");
  return std::make_unique<Uplink>(Private{}, shape, std::move(*resampler), std::move(first), pool,
                                  counters);
}

Uplink::Uplink(Private /*tag*/, const Shape& shape, audio::Resampler resampler,
               audio::PacketPtr first, audio::PacketPool& pool, Counters& counters)
    : shape_{shape},
      channels_{audio::channel_count(shape.mix)},
      resampler_{std::move(resampler)},
      clock_{shape.rate_hz, shape.packet_ms},
      pool_{pool},
      counters_{counters},
      queue_{queue_capacity(shape)},
      filling_{std::move(first)},
      missing_{clock_.samples()} {
  pool_.join();
}

Uplink::~Uplink() {
  pool_.leave();
}

bool Uplink::write(const audio::LegFrame& frame) noexcept {
  const std::size_t length = frame.length();
  if (paused()) {
    if (frame.rate_hz != 0) {
      Counters::add(counters_.samples_paused, length * shape_.rate_hz / frame.rate_hz);
    }
    return false;
  }
  if (!resampler_.set_input_rate(frame.rate_hz)) {
    Counters::add(counters_.samples_dropped,
                  frame.rate_hz == 0 ? length : length * shape_.rate_hz / frame.rate_hz);
    return false;
  }
  bool ready = false;
  std::array<std::int16_t, kPiece * 2> mixed;  // NOLINT: the mixer fills it
  const audio::LegMixer mixer{frame, shape_.mix};
  for (std::size_t first = 0; first < length; first += kPiece) {
    const std::size_t count = mixer.mix(first, std::span{mixed}.first(kPiece * channels_));
    ready |= append({mixed.data(), count * channels_});
  }
  return ready;
}

bool Uplink::append(std::span<const std::int16_t> mixed) noexcept {
  bool ready = false;
  while (!mixed.empty()) {
    const auto room = filling_->room().first(missing_ * channels_);
    const auto progress = resampler_.process(mixed, room);
    if (progress.consumed == 0 && progress.produced == 0) break;
    mixed = mixed.subspan(progress.consumed * channels_);
    filling_->grow(progress.produced * channels_);
    missing_ -= progress.produced;
    position_ += progress.produced;
    Counters::add(counters_.samples_in, progress.produced);
    if (missing_ == 0) {
      enqueue();
      ready = true;
    }
  }
  return ready;
}

void Uplink::enqueue() noexcept {
  audio::PacketPtr next = pool_.take();
  if (!next) {
    // A dry pool means that I/O is far behind: the oldest of our own packets has to go.
    next = queue_.pop();
    if (next) count_dropped(*next);
  }
  if (next) {
    if (const auto oldest = queue_.push(std::move(filling_))) count_dropped(*oldest);
    filling_ = std::move(next);
  } else {
    count_dropped(*filling_);
  }
  filling_->clear();
  filling_->position = position_;
  clock_.advance();
  missing_ = clock_.samples();
}

bool Uplink::finish() noexcept {
  if (!filling_) return false;
  // The last words are still inside the resampler: silence behind them brings them out.
  static constexpr std::array<std::int16_t, 2 * kPiece> kSilence{};
  append(std::span{kSilence}.first(std::min(resampler_.delay(), kPiece) * channels_));
  if (filling_->size() == 0) return true;
  if (const auto oldest = queue_.push(std::move(filling_))) count_dropped(*oldest);
  return true;
}

void Uplink::count_dropped(const audio::Packet& packet) noexcept {
  Counters::add(counters_.samples_dropped, packet.size() / channels_);
  Counters::add(counters_.packets_dropped, 1);
}

std::uint64_t Uplink::queued_ms() const noexcept {
  return std::uint64_t{queue_.size()} * shape_.packet_ms;
}

void Uplink::replenish() {
  pool_.ensure(pool_.comfortable());
}

}  // namespace audio_stream::stream
