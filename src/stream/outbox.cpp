#include "stream/outbox.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "protocol/dialect.hpp"
#include "stream/event.hpp"

namespace audio_stream::stream {
namespace {

// Notes that a server which reads nothing may leave lying.
constexpr std::size_t kMostNoteBytes = std::size_t{4} * 1024 * 1024;

}  // namespace

void Outbox::connection_stands(std::list<std::string> opening, Clock::time_point now) {
  opening_ = std::move(opening);
  begin_to_catch_up(now);
}

bool Outbox::add_note(std::string text) {
  if (note_bytes_ + text.size() > kMostNoteBytes) return false;
  note_bytes_ += text.size();
  notes_.push_back(std::move(text));
  return true;
}

bool Outbox::has_something() const noexcept {
  return packet_ || parts_.uplink.queued_ms() > 0 || !texts_.empty() || final_text_;
}

// ---- one message after the other --------------------------------------------------------------

Outbox::Next Outbox::next(Clock::time_point now, bool draining) {
  if (!opening_.empty()) return begin(InFlight::opening, opening_.front());
  if (!notes_.empty()) return begin(InFlight::note, notes_.front());
  if (!texts_.empty()) return begin(InFlight::text, texts_.front());
  if (const auto time = time_to_catch_up(now, draining)) return Wait{*time};
  if (fetch_packet()) {
    if (gap_text_) return begin(InFlight::gap_text, *gap_text_);
    in_flight_ = filler_ > 0 ? InFlight::filler : InFlight::packet;
    const auto message = parts_.dialect.message_of(filler_ > 0 ? next_filler() : packet_->bytes());
    Counters::add(parts_.counters.bytes_sent, message.size());
    return Audio{message, !catching_up_ && parts_.uplink.queued_ms() > 0};
  }
  if (final_text_) return begin(InFlight::final_text, *final_text_);
  return Nothing{};
}

Outbox::Next Outbox::begin(InFlight what, const std::string& text) {
  in_flight_ = what;
  Counters::add(parts_.counters.bytes_sent, text.size());
  return Text{text};
}

void Outbox::sent() {
  switch (std::exchange(in_flight_, InFlight::nothing)) {
    case InFlight::nothing:
      break;
    case InFlight::opening:
      opening_.pop_front();
      break;
    case InFlight::note:
      note_bytes_ -= notes_.front().size();
      notes_.pop_front();
      Counters::add(parts_.counters.texts_sent, 1);
      break;
    case InFlight::text:
      parts_.on_text_gone(texts_.front().size());
      texts_.pop_front();
      Counters::add(parts_.counters.texts_sent, 1);
      break;
    case InFlight::gap_text:
      gap_text_.reset();
      if (filler_ == 0 && packet_->size() == 0) packet_.reset();
      break;
    case InFlight::filler:
      Counters::add(parts_.counters.packets_sent, 1);
      Counters::add(parts_.counters.samples_sent, silence_.size() / channels_);
      filler_ -= silence_.size() / channels_;
      if (filler_ == 0) silence_ = {};
      if (filler_ == 0 && packet_->size() == 0) packet_.reset();
      break;
    case InFlight::packet:
      Counters::add(parts_.counters.packets_sent, 1);
      Counters::add(parts_.counters.samples_sent, packet_->size() / channels_);
      parts_.uplink.give_back(std::move(packet_));
      break;
    case InFlight::final_text:
      final_text_.reset();
      Counters::add(parts_.counters.texts_sent, 1);
      break;
  }
}

// ---- audio ------------------------------------------------------------------------------------

/// Takes the next packet off the queue, unless there is one already. False if there is none.
bool Outbox::fetch_packet() {
  while (!packet_) {
    packet_ = parts_.uplink.pop();
    if (!packet_) return false;
    if (packet_->position > next_position_) {
      const std::uint64_t hole = packet_->position - next_position_;
      filler_ = filler_to_send(hole);
      if (hole > filler_) note_gap(next_position_, hole - filler_);
      catch_up_with(filler_);
    }
    next_position_ = packet_->position + packet_->size() / channels_;
    if (packet_->size() == 0 && filler_ == 0 && !gap_text_) packet_.reset();
  }
  return true;
}

/// Of the silence in front of packet_, as much as may wait together with what is behind it.
std::uint64_t Outbox::filler_to_send(std::uint64_t hole) {
  const std::uint64_t all = std::min(packet_->filler, hole);
  const auto bound = static_cast<std::uint64_t>(parts_.options.queue.count());
  const std::uint64_t queued = parts_.uplink.queued_ms();
  const std::uint64_t room_ms = queued < bound ? bound - queued : 0;
  const std::uint64_t to_send = std::min(all, room_ms * parts_.options.rate_hz / 1000);
  parts_.counters.samples_silence_left_out.fetch_add(all - to_send, std::memory_order_relaxed);
  return to_send;
}

/// A packet of silence. All of it are of one length, or nearly.
std::span<const std::byte> Outbox::next_filler() {
  const std::uint64_t per_packet =
      std::max<std::uint64_t>(std::uint64_t{parts_.options.rate_hz} * parts_.options.packet_ms, 1);
  const std::uint64_t packets =
      std::max<std::uint64_t>((filler_ * 1000 + per_packet / 2) / per_packet, 1);
  silence_.assign(filler_ / packets * channels_, 0);
  return std::as_bytes(std::span{silence_});
}

void Outbox::note_gap(std::uint64_t position, std::uint64_t samples) {
  const std::uint64_t position_ms = position * 1000 / parts_.options.rate_hz;
  const std::uint64_t length_ms = samples * 1000 / parts_.options.rate_hz;
  if (parts_.options.gap_text) gap_text_ = gap_text(position_ms, length_ms);
  gaps_.push_back(gap_body(position_ms, length_ms));
}

void Outbox::begin_to_catch_up(Clock::time_point now) {
  const std::uint64_t times = parts_.options.catch_up;
  const std::uint64_t kept = parts_.uplink.queued_ms();
  stands_since_ = now;
  catching_up_ = times > 0 && kept > 0;
  caught_up_ms_ = 0;
  // At n times the speed, what is spoken in the meantime is an (n-1)th of what was kept.
  to_catch_up_ms_ =
      times > 1 ? kept * times / (times - 1) : std::numeric_limits<std::uint64_t>::max();
}

/// Silence of a count is among what was kept.
void Outbox::catch_up_with(std::uint64_t filler) noexcept {
  const std::uint64_t times = parts_.options.catch_up;
  if (filler == 0 || !catching_up_ || times <= 1) return;
  to_catch_up_ms_ += filler * 1000 / parts_.options.rate_hz * times / (times - 1);
}

/// What was kept in an outage goes out faster than it was spoken, but not all at once: a recogniser
/// that is flooded may drop it, or us.
std::optional<std::chrono::milliseconds> Outbox::time_to_catch_up(Clock::time_point now,
                                                                  bool draining) {
  if (!catching_up_ || draining) return std::nullopt;
  const std::uint32_t packet_ms = parts_.options.packet_ms;
  if ((!packet_ && parts_.uplink.queued_ms() <= packet_ms) || caught_up_ms_ >= to_catch_up_ms_) {
    catching_up_ = false;
    return std::nullopt;
  }
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - stands_since_);
  const auto allowed = static_cast<std::uint64_t>(elapsed.count()) * parts_.options.catch_up;
  if (caught_up_ms_ <= allowed) {
    if (!gap_text_) caught_up_ms_ += packet_ms;
    return std::nullopt;
  }
  return std::chrono::milliseconds{(caught_up_ms_ - allowed) / parts_.options.catch_up + 1};
}

// ---- the end ----------------------------------------------------------------------------------

Outbox::Left Outbox::abandon() {
  Left left;
  for (; packet_ || (packet_ = parts_.uplink.pop()); packet_.reset()) {
    left.samples += packet_->size() / channels_ + std::exchange(filler_, 0);
  }
  Counters::add(parts_.counters.samples_undelivered, left.samples);
  for (const auto& text : texts_) parts_.on_text_gone(text.size());
  left.texts = !texts_.empty() || final_text_;
  texts_.clear();
  return left;
}

}  // namespace audio_stream::stream
