#include "stream/uplink.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/saturating_add.hpp"

namespace audio_stream::stream {
namespace {

// The number of heard samples fetched at a time.
constexpr std::size_t kPiece = 480;

// While more than this waits to be sent, filler takes no packets.
constexpr std::uint32_t kFillerMs = 400;

// How far a stream may be ahead of the call's time because of late packets before heard samples are
// dropped.
constexpr std::int64_t kMostAheadMs = 500;

std::size_t packets_that_may_wait(const Uplink::Shape& shape) {
  // One packet may be at the socket. Two must fit even if a packet is as long as the bound.
  return std::max<std::size_t>(shape.queue_ms / shape.packet_ms, 2);
}

// The packets that a stream normally uses: one is being filled, one is being sent, two are free,
// and the others are sent and wait for TCP's acknowledgement.
constexpr std::size_t kUsualPackets = 4 + Uplink::kSpares;

}  // namespace

std::size_t Uplink::packet_samples(const Shape& shape) noexcept {
  return audio::PacketClock{shape.rate_hz, shape.packet_ms}.most_samples() *
         audio::channel_count(shape.mix);
}

tl::expected<std::unique_ptr<Uplink>, std::string> Uplink::create(const Shape& shape,
                                                                  std::uint32_t call_rate_hz,
                                                                  audio::PacketPool& pool,
                                                                  Counters& counters) {
  auto said = audio::Leg::create(call_rate_hz, shape.rate_hz);
  if (!said) return tl::unexpected(std::move(said.error()));
  std::unique_ptr<audio::HeardLeg> heard;
  if (shape.mix != audio::Mix::mono) {
    auto made = audio::HeardLeg::create(call_rate_hz, shape.rate_hz);
    if (!made) return tl::unexpected(std::move(made.error()));
    heard = std::move(*made);
  }
  audio::PacketPtr first = pool.take_or_grow();
  if (!first) return tl::unexpected<std::string>("no memory is left for more audio");
  return std::make_unique<Uplink>(Private{}, shape, std::move(*said), std::move(heard),
                                  std::move(first), pool, counters);
}

Uplink::Uplink(Private /*tag*/, const Shape& shape, audio::Leg said,
               std::unique_ptr<audio::HeardLeg> heard, audio::PacketPtr first,
               audio::PacketPool& pool, Counters& counters)
    : queue_{packets_that_may_wait(shape)},
      shape_{shape},
      channels_{audio::channel_count(shape.mix)},
      minds_caller_{shape.listens || shape.mask != audio::MaskKind::off},
      pool_{pool},
      counters_{counters},
      heard_{std::move(heard)},
      speech_{shape.listens ? std::make_unique<CallerSpeech>(shape.rate_hz) : nullptr},
      sieve_{shape.gates ? std::make_unique<SpeechSieve>(shape.packet_ms, channels_) : nullptr},
      masking_{shape.mask, shape.rate_hz},
      last_tick_{Time::min()},
      said_{std::move(said)},
      clock_{shape.rate_hz, shape.packet_ms},
      filling_{std::move(first)},
      missing_{clock_.samples()},
      call_clock_{shape.rate_hz},
      late_packets_{shape.rate_hz} {
  pool_.join(need());
}

Uplink::~Uplink() {
  filling_.reset();
  if (sieve_) sieve_->clear();
  while (queue_.pop() || spares_.pop()) {
  }
  pool_.leave(need());  // after the packets are back: this may be the last stream
}

/// Reserves as many packets as the queue holds: if the I/O thread is late, an empty pool must not
/// cost audio.
audio::PacketPool::Need Uplink::need() const noexcept {
  return {.usual = kUsualPackets + (sieve_ ? sieve_->capacity() : 0), .reserve = queue_.capacity()};
}

// ---- turns ------------------------------------------------------------------------------------

bool Uplink::take_turn() noexcept {
  return !busy_.exchange(true);
}

void Uplink::end_turn() noexcept {
  // If finish() is called while this thread has the turn, this thread does its work. The loop
  // covers a finish() between the check and the end of the turn.
  do {
    if (finishing_.load()) queue_last_packet();
    busy_.store(false);
  } while (finishing_.load() && !finished_.load() && take_turn());
}

void Uplink::finish() noexcept {
  finishing_.store(true);
  if (take_turn()) end_turn();
}

// ---- what comes in ----------------------------------------------------------------------------

void Uplink::hear(const audio::LegFrame& frame, Time now) noexcept {
  if (!heard_ || heard_->push(frame, now)) return;
  counters_.samples_unusable.fetch_add(frame.length_at(shape_.rate_hz), std::memory_order_relaxed);
}

/// True if there is something to tell.
bool Uplink::end_caller_turn() noexcept {
  masking_.end_turn(position_);
  return masking_.changed() || (speech_ && speech_->changed());
}

bool Uplink::add_said(Time now, const audio::LegFrame& frame) noexcept {
  if (!filling_) return false;
  const std::size_t length = frame.length_at(shape_.rate_hz);
  if (heard_) heard_->set_frame(length);
  const bool minds_caller = minds_caller_.load(std::memory_order_relaxed);
  if (minds_caller && speech_) {
    speech_->hear(frame, position_ + length);
    if (sieve_ && speech_->open()) sieve_->speaks();
  }
  bool ready = false;
  if (shape_.real_time) {
    ready = add_silence(call_clock_.silence_before(now, length));
    if (!audio::is_padding(frame)) {
      late_packets_.spoken(now, call_clock_.ahead(now));
    } else if (skip_gap(now, length)) {
      return ready;
    }
  }
  if (!paused() && said_.set_rate(frame.rate_hz)) {
    if (minds_caller && masking_.on()) return add_masked(frame.length()) || ready;
    said_.convert(frame, [&](std::span<const std::int16_t> said) { ready |= append(said); });
    return ready;
  }
  if (paused()) {
    Counters::add(counters_.samples_paused, length);
  } else {
    counters_.samples_unusable.fetch_add(length, std::memory_order_relaxed);
  }
  call_clock_.count(length);
  if (heard_) heard_->discard();
  return ready;
}

/// The resampler gets silence, so that it holds nothing of the caller when the mask ends.
bool Uplink::add_masked(std::size_t call_samples) noexcept {
  bool ready = false;
  said_.convert_silence(call_samples, [&](std::span<const std::int16_t> silence) {
    masking_.replace(silence.size(),
                     [&](std::span<const std::int16_t> said) { ready |= append(said); });
  });
  return ready;
}

/// The switch put silence in place of a frame that did not arrive. True if the stream leaves it
/// out.
bool Uplink::skip_gap(Time now, std::size_t length) noexcept {
  late_packets_.gap(length);
  if (!call_clock_.may_skip_silence(now)) return false;
  const std::int64_t ahead = call_clock_.ahead(now);
  if (!heard_ || heard_->lag() == 0 || late_packets_.leave_out(now, length, ahead)) return true;
  if (ahead < std::int64_t{shape_.rate_hz} * kMostAheadMs / 1000) return false;
  heard_->drop_late(length);
  late_packets_.left_out_for_good(length);
  return true;
}

bool Uplink::end_tick(Time now, bool had_frame) noexcept {
  last_tick_.store(now, std::memory_order_relaxed);
  if (!shape_.real_time || !filling_) return false;
  bool ready = add_silence(static_cast<std::int64_t>(late_packets_.due(now)));
  if (heard_) heard_->set_allowed_lag(late_packets_.left_out());
  ready |= add_silence(call_clock_.silence_after(now, had_frame));
  return ready;
}

bool Uplink::fill_absence(Time now) noexcept {
  if (!shape_.real_time) return false;
  const Time before = std::exchange(last_check_, now);
  if (before == Time::min() || now - before > kMaxCheckInterval) return false;
  const Time last = last_tick_.load(std::memory_order_relaxed);
  if (last != Time::min() && now - last < audio::CallClock::kAbsence) return false;
  if (!take_turn()) return false;
  masking_.begin_turn(position_);
  if (heard_) heard_->tick(now);
  bool ready = filling_ && add_silence(call_clock_.silence_while_absent(now));
  ready |= end_caller_turn();
  end_turn();
  return ready;
}

bool Uplink::add_silence(std::int64_t samples) noexcept {
  if (samples <= 0) return false;
  auto left = static_cast<std::size_t>(samples);
  if (speech_) speech_->miss(left, position_ + left);
  if (paused()) {
    Counters::add(counters_.samples_paused, left);
    call_clock_.count(left);
    if (heard_) heard_->discard();
    return false;
  }
  Counters::add(counters_.samples_filled, left);
  // Silence flushes the last speech out of the resampler.
  const std::size_t inside = said_.delay() * shape_.rate_hz / said_.call_rate_hz();
  const std::size_t through = std::min(left, inside);
  bool ready = false;
  said_.convert_silence(through * said_.call_rate_hz() / shape_.rate_hz,
                        [&](std::span<const std::int16_t> said) { ready |= append(said); });
  left -= through;
  // The heard leg may still have audio for this time.
  const std::size_t heard = heard_ ? std::min(left, heard_->waiting()) : 0;
  ready |= append_silence(heard);
  if (heard_ && left > heard) heard_->count_silence(left - heard);
  return add_filler(left - heard) || ready;
}

// ---- filler -----------------------------------------------------------------------------------

/// Adds filler: silence of both legs. While packets wait to be sent, filler becomes a count in the
/// next packet, and beyond the queue's bound a gap, so that it never pushes speech out of the
/// queue.
bool Uplink::add_filler(std::size_t samples) noexcept {
  Counters::add(counters_.samples_in, samples);
  call_clock_.count(samples);
  const std::size_t most_waiting =
      std::min<std::size_t>(kFillerMs / shape_.packet_ms, queue_.capacity() / 2);
  bool ready = false;
  while (samples > 0 && (has_audio_ || queue_.size() <= most_waiting)) {
    const std::size_t count = std::min(samples, missing_);
    put_filler(count);
    samples -= count;
    if (missing_ > 0) continue;
    enqueue();
    ready = true;
  }
  if (samples > 0) count_filler(samples);
  return ready;
}

/// Moves the begin of the packet being filled, which holds nothing but filler.
void Uplink::count_filler(std::size_t samples) noexcept {
  const std::size_t held = filling_->size() / channels_;
  const std::size_t all = held + samples;
  const std::size_t whole = clock_.skip(all);
  const std::uint64_t most = std::uint64_t{shape_.rate_hz} * shape_.queue_ms / 1000;
  std::uint64_t filler = filling_->filler + whole;
  if (filler > most) {
    counters_.samples_silence_left_out.fetch_add(filler - most, std::memory_order_relaxed);
    filler = most;
  }
  position_ += whole - held;
  filling_->clear();
  filling_->position = position_;
  filling_->filler = filler;
  missing_ = clock_.samples();
  put_filler(all - whole);
}

void Uplink::put_filler(std::size_t samples) noexcept {
  std::ranges::fill(filling_->room().first(samples * channels_), std::int16_t{0});
  filling_->grow(samples * channels_);
  missing_ -= samples;
  position_ += samples;
}

// ---- packets ----------------------------------------------------------------------------------

bool Uplink::append_silence(std::size_t samples) noexcept {
  static constexpr std::array<std::int16_t, kPiece> kSilence{};
  bool ready = false;
  for (; samples > 0; samples -= std::min(samples, kPiece)) {
    ready |= append(std::span{kSilence}.first(std::min(samples, kPiece)));
  }
  return ready;
}

bool Uplink::append(std::span<const std::int16_t> said) noexcept {
  bool ready = false;
  while (!said.empty()) {
    const std::size_t count = std::min(said.size(), missing_);
    mix(said.first(count), filling_->room().first(count * channels_));
    said = said.subspan(count);
    filling_->grow(count * channels_);
    missing_ -= count;
    position_ += count;
    has_audio_ = true;
    call_clock_.count(count);
    Counters::add(counters_.samples_in, count);
    if (missing_ == 0) {
      enqueue();
      ready = true;
    }
  }
  return ready;
}

void Uplink::mix(std::span<const std::int16_t> said, std::span<std::int16_t> out) noexcept {
  if (!heard_) {
    // GCC 12 makes a memmove of std::copy, and a loop of std::ranges::copy.
    std::copy(said.begin(), said.end(), out.begin());
    return;
  }
  std::array<std::int16_t, kPiece> heard;  // NOLINT: pull() fills it
  for (std::size_t first = 0; first < said.size(); first += kPiece) {
    const std::size_t count = std::min(said.size() - first, kPiece);
    heard_->pull(std::span{heard}.first(count));
    const std::int16_t* const caller = said.data() + first;
    if (shape_.mix == audio::Mix::mixed) {
      std::transform(caller, caller + count, heard.begin(), out.data() + first,
                     base::saturating_add);
      continue;
    }
    std::int16_t* const pairs = out.data() + 2 * first;
    for (std::size_t i = 0; i < count; ++i) {
      pairs[2 * i] = caller[i];
      pairs[2 * i + 1] = heard[i];
    }
  }
}

audio::PacketPtr Uplink::take_packet() noexcept {
  if (audio::PacketPtr spare = spares_.pop()) return spare;
  return pool_.take();
}

void Uplink::recycle(audio::PacketPtr packet) noexcept {
  if (!pool_.stays(*packet)) return;
  const audio::PacketPtr former = spares_.push(std::move(packet));
}

void Uplink::enqueue() noexcept {
  audio::PacketPtr next = take_packet();
  if (!next) {
    // The pool has no packet left, so the stream drops the oldest of its own.
    next = queue_.pop();
    count_dropped(next ? *next : *filling_);
    Counters::add(counters_.samples_without_room, (next ? *next : *filling_).size() / channels_);
  }
  if (next) {
    if (sieve_) {
      pass(std::move(filling_));
    } else if (const auto oldest = queue_.push(std::move(filling_))) {
      count_dropped(*oldest);
    }
    filling_ = std::move(next);
  }
  filling_->clear();
  filling_->position = position_;
  has_audio_ = false;
  clock_.advance();
  missing_ = clock_.samples();
}

void Uplink::queue_last_packet() noexcept {
  if (finished_.exchange(true)) return;
  // Silence flushes the last speech out of the resampler.
  said_.convert_silence(said_.delay(),
                        [this](std::span<const std::int16_t> said) { append(said); });
  if (filling_->size() == 0 && filling_->filler == 0) {
    filling_.reset();
  } else {
    pass(std::move(filling_));
  }
}

/// To the queue, unless the packet is held back or left out.
void Uplink::pass(audio::PacketPtr packet) noexcept {
  if (!sieve_) {
    push(std::move(packet));
    return;
  }
  Counters::add(counters_.samples_unspoken,
                sieve_->pass(std::move(packet), speech_->open(),
                             [this](audio::PacketPtr passed) { push(std::move(passed)); }));
}

void Uplink::push(audio::PacketPtr packet) noexcept {
  if (const auto oldest = queue_.push(std::move(packet))) count_dropped(*oldest);
}

void Uplink::count_dropped(const audio::Packet& packet) noexcept {
  Counters::add(counters_.samples_dropped, packet.size() / channels_);
  Counters::add(counters_.packets_dropped, 1);
  if (packet.filler == 0) return;
  counters_.samples_silence_left_out.fetch_add(packet.filler, std::memory_order_relaxed);
}

std::uint64_t Uplink::queued_ms() const noexcept {
  return std::uint64_t{queue_.size()} * shape_.packet_ms;
}

void Uplink::replenish() {
  pool_.ensure(pool_.target_free());
}

}  // namespace audio_stream::stream
