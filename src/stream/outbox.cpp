#include "stream/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "stream/event.hpp"

namespace audio_stream::stream {
namespace {

// The bound on notes that wait for a server which reads nothing.
constexpr std::size_t kMostNoteBytes = std::size_t{4} * 1024 * 1024;

}  // namespace

void Outbox::on_connected(Clock::time_point now) {
  make_room();
  begin_to_catch_up(now);
  // Rounded up, so that the server, which rounds down, computes the position of the same sample.
  const std::uint64_t position =
      (first_position() * 1000 + parts_.options.audio.rate_hz - 1) / parts_.options.audio.rate_hz;
  connection_begin_ms_ = position;
  if (!parts_.dialect.notes_outlive_connections()) {
    notes_.clear();
    note_bytes_ = 0;
    std::erase_if(again_, [](const Delivery& each) { return each.kind == Kind::note; });
  }
  waits_for_ready_ = parts_.dialect.waits_for_ready();
  auto opening = parts_.dialect.open(position);
  opening_ = {std::move_iterator{opening.begin()}, std::move_iterator{opening.end()}};
}

/// The position of the first sample that the connection will carry.
std::uint64_t Outbox::first_position() {
  const auto first = std::ranges::find_if(again_, &Delivery::is_audio);
  if (first != again_.end()) return first->position;
  return fetch_packet() ? packet_->position - filler_ : next_position_;
}

void Outbox::on_ready(Clock::time_point now) {
  if (!std::exchange(waits_for_ready_, false)) return;
  add_notes(parts_.dialect.ready());
  begin_to_catch_up(now);
}

void Outbox::add_notes(dialect::Messages notes) {
  for (auto note = notes.begin(); note != notes.end(); ++note) {
    if (note_bytes_ + note->bytes.size() > kMostNoteBytes) {
      Counters::add(parts_.counters.notes_dropped,
                    static_cast<std::uint64_t>(std::distance(note, notes.end())));
      if (!std::exchange(notes_lost_, true)) parts_.on_notes_lost();
      return;
    }
    note_bytes_ += note->bytes.size();
    notes_.push_back(std::move(*note));
  }
}

void Outbox::set_final_text(std::string text) {
  dialect::Message message{dialect::MessageKind::text, std::move(text)};
  if (in_flight_ == InFlight::final) {
    ends_.push_front(std::move(message));
  } else {
    final_ = std::move(message);
  }
}

bool Outbox::add_end() {
  if (std::exchange(ended_, true)) return false;
  auto ends = parts_.dialect.end();
  if (ends.empty()) return false;
  final_ = std::move(ends.front());
  ends_.assign(std::move_iterator{std::next(ends.begin())}, std::move_iterator{ends.end()});
  return true;
}

bool Outbox::has_something() const noexcept {
  return !again_.empty() || packet_ || parts_.uplink.queued_ms() > 0 || !texts_.empty() || final_;
}

// ---- the next message -------------------------------------------------------------------------

Outbox::Next Outbox::next(Clock::time_point now, bool draining) {
  if (!opening_.empty()) return begin(InFlight::opening, opening_.front());
  // Behind the opening a new conversation begins: its notes do not wait for the old one's audio.
  const bool notes_first = !parts_.dialect.notes_outlive_connections();
  if (notes_first && !notes_.empty()) return begin(InFlight::note, notes_.front());
  if (waits_for_ready_) return has_something() ? Next{Held{}} : Next{Nothing{}};
  if (!again_.empty() && !again_.front().is_audio()) return begin_again();
  if (again_.empty() && !notes_.empty()) return begin(InFlight::note, notes_.front());
  if (again_.empty() && !texts_.empty()) return begin(InFlight::text, texts_.front());
  if (const auto time = time_to_catch_up(now, draining)) return Wait{*time};
  if (!again_.empty()) return begin_again();
  if (fetch_packet()) {
    if (gap_message_) return begin(InFlight::gap, *gap_message_);
    if (part_message_) return begin(InFlight::part, *part_message_);
    if (filler_ > 0) {
      return begin(InFlight::filler, silence(packet_->position - filler_, filler_));
    }
    return begin(InFlight::packet, part_of(*packet_, packet_->position));
  }
  if (final_) return begin(InFlight::final, *final_);
  return Nothing{};
}

Outbox::Next Outbox::begin(InFlight what, const dialect::Message& message) {
  in_flight_ = what;
  Counters::add(parts_.counters.bytes_sent, message.bytes.size());
  return Send{dialect::view_of(message)};
}

/// Encodes the samples and has the dialect make the message.
Outbox::Next Outbox::begin(InFlight what, const Pcm& pcm) {
  in_flight_ = what;
  if (pcm.position != encoded_to_) parts_.encoder->reset();
  const std::uint64_t samples = pcm.samples.size() / channels_;
  encoded_to_ = pcm.position + samples;
  const dialect::MessageView message = parts_.dialect.audio(
      {parts_.encoder->encode(pcm.samples), pcm.position, static_cast<std::uint32_t>(samples)},
      scratch_);
  Counters::add(parts_.counters.bytes_sent, message.bytes.size());
  return Send{message, !catching_up_ && parts_.uplink.queued_ms() > 0};
}

/// The samples of `packet` from `position` on: the server has the earlier ones.
Outbox::Pcm Outbox::part_of(const audio::Packet& packet, std::uint64_t position) const noexcept {
  return {packet.audio().subspan((position - packet.position) * channels_), position};
}

/// Sends a message of the old connection again. Audio that was evicted meanwhile is a gap.
Outbox::Next Outbox::begin_again() {
  Delivery& next = again_.front();
  if (!next.is_audio()) return begin(InFlight::again, *next.message);
  if (next.position > next_position_ + next.gap) {
    const std::uint64_t lost = next.position - next_position_ - next.gap;
    next.gap += lost;
    if (auto message = record_gap(next_position_, lost)) {
      Delivery& gap = again_.emplace_front();
      gap.kind = Kind::gap;
      gap.message = std::make_unique<dialect::Message>(std::move(*message));
      return begin(InFlight::again, *gap.message);
    }
  }
  if (next.kind == Kind::filler)
    return begin(InFlight::again, silence(next.position, next.samples));
  return begin(InFlight::again, part_of(*next.packet, next.position));
}

void Outbox::sent(std::uint64_t written) {
  switch (std::exchange(in_flight_, InFlight::nothing)) {
    case InFlight::nothing:
      break;
    case InFlight::opening:
      opening_.pop_front();
      break;
    case InFlight::again:
      if (again_.front().is_audio()) --again_audio_;
      keep(std::move(again_.front()), written);
      again_.pop_front();
      break;
    case InFlight::note:
      note_bytes_ -= notes_.front().bytes.size();
      keep(Kind::note, std::move(notes_.front()), written);
      notes_.pop_front();
      break;
    case InFlight::text:
      parts_.on_text_out(texts_.front().bytes.size());
      keep(Kind::text, std::move(texts_.front()), written);
      texts_.pop_front();
      break;
    case InFlight::gap:
      keep(Kind::gap, std::move(*gap_message_), written);
      gap_message_.reset();
      drop_empty_packet();
      break;
    case InFlight::part:
      keep(Kind::gap, std::move(*part_message_), written);
      part_message_.reset();
      drop_empty_packet();
      break;
    case InFlight::filler: {
      const std::uint64_t samples = silence_.size() / channels_;
      Delivery filler;
      filler.kind = Kind::filler;
      filler.position = packet_->position - filler_;
      filler.samples = static_cast<std::uint32_t>(samples);
      filler.gap = std::exchange(gap_, 0);
      keep(std::move(filler), written);
      filler_ -= samples;
      if (filler_ == 0) silence_ = {};
      drop_empty_packet();
      break;
    }
    case InFlight::packet: {
      Delivery packet;
      packet.position = packet_->position;
      packet.samples = static_cast<std::uint32_t>(packet_->size() / channels_);
      packet.gap = std::exchange(gap_, 0);
      packet.packet = std::move(packet_);
      keep(std::move(packet), written);
      break;
    }
    case InFlight::final:
      keep(Kind::final, std::move(*final_), written);
      final_.reset();
      if (!ends_.empty()) {
        final_ = std::move(ends_.front());
        ends_.pop_front();
      }
      break;
  }
}

// ---- what the server may not have -------------------------------------------------------------

void Outbox::keep(Kind kind, dialect::Message message, std::uint64_t end) {
  Delivery delivery;
  delivery.kind = kind;
  delivery.message = std::make_unique<dialect::Message>(std::move(message));
  keep(std::move(delivery), end);
}

void Outbox::keep(Delivery delivery, std::uint64_t end) {
  if (delivery.is_audio()) {
    Counters::add(parts_.counters.packets_sent, 1);
    Counters::add(parts_.counters.samples_sent, delivery.samples);
    next_position_ = delivery.position + delivery.samples;
  } else if (delivery.kind != Kind::gap) {
    Counters::add(parts_.counters.texts_sent, 1);
  }
  delivery.end = end;
  unacknowledged_.add(std::move(delivery));
  if (unacknowledged_.packets() > kCheckEvery) make_room();
}

void Outbox::tcp_acknowledged(std::uint64_t bytes) {
  unacknowledged_.tcp_acknowledged(bytes,
                                   [this](audio::PacketPtr packet) { recycle(std::move(packet)); });
  check_at_ = unacknowledged_.size() + kCheckEvery;
  make_room();
}

void Outbox::server_acknowledged(std::uint64_t position_ms) {
  if (!parts_.options.reconnect.resume) return;
  const std::uint64_t most_ms = ms_of(next_position_) + 1;
  const std::uint64_t position =
      std::min(position_ms, most_ms) * parts_.options.audio.rate_hz / 1000;
  unacknowledged_.server_acknowledged(
      std::min(position, next_position_),
      [this](audio::PacketPtr packet) { recycle(std::move(packet)); });
}

void Outbox::make_room() {
  const std::size_t may_wait = parts_.uplink.queue_capacity();
  while (unacknowledged_.packets() + again_audio_ + parts_.uplink.queued_packets() > may_wait) {
    audio::PacketPtr packet = unacknowledged_.evict();
    if (!packet) break;
    recycle(std::move(packet));
  }
  while (again_audio_ > 0 && again_audio_ + parts_.uplink.queued_packets() > may_wait) {
    const auto oldest = std::ranges::find_if(again_, &Delivery::is_audio);
    if (oldest == again_.begin() && in_flight_ == InFlight::again) break;
    Counters::add(parts_.counters.samples_unacknowledged, oldest->samples);
    again_.erase(oldest);
    --again_audio_;
  }
}

void Outbox::on_connection_lost(std::uint64_t acknowledged) {
  in_flight_ = InFlight::nothing;
  tcp_acknowledged(acknowledged);
  check_at_ = kCheckEvery;
  auto lost = unacknowledged_.take();
  auto& counters = parts_.counters;
  Counters::add(counters.samples_unacknowledged, lost.unknown);
  Counters::take_off(counters.samples_sent, lost.unknown);
  for (const Delivery& each : lost.again) {
    if (each.is_audio()) {
      ++again_audio_;
      Counters::take_off(counters.packets_sent, 1);
      Counters::take_off(counters.samples_sent, each.samples);
    } else if (each.kind != Kind::gap) {
      Counters::take_off(counters.texts_sent, 1);
    }
  }
  if (lost.position) next_position_ = *lost.position;
  again_.insert(again_.begin(), std::move_iterator{lost.again.begin()},
                std::move_iterator{lost.again.end()});
  make_room();
}

// ---- audio ------------------------------------------------------------------------------------

/// Takes the next packet from the queue, unless there is one already. False if there is none.
bool Outbox::fetch_packet() {
  while (true) {
    if (!packet_) {
      packet_ = parts_.uplink.pop();
      if (!packet_) return false;
      filler_ = filler_to_send();
      count_caught_up(filler_);
      skip_what_was_left_out();
    }
    const std::uint64_t told = next_position_ + gap_;
    if (const std::uint64_t begin = packet_->position - filler_; begin > told) {
      record_gap_before_packet(begin - told);
    }
    if (!gap_message_ && !part_message_) drop_empty_packet();
    if (packet_) return true;
  }
}

/// Audio that was left out on purpose before packet_ is a gap in the positions, and none that is
/// recorded.
void Outbox::skip_what_was_left_out() {
  const std::uint64_t skipped = packet_->left_out - std::exchange(left_out_, packet_->left_out);
  if (skipped == 0) return;
  gap_ += skipped;
  part_message_ = parts_.dialect.part(ms_of(packet_->position - filler_));
}

void Outbox::record_gap_before_packet(std::uint64_t samples) {
  auto message = record_gap(next_position_ + gap_, samples);
  gap_ += samples;
  // If the last gap message was not sent yet, one message covers both gaps.
  if (message && gap_message_) message = parts_.dialect.gap(ms_of(next_position_), ms_of(gap_));
  if (message) gap_message_ = std::move(message);
}

/// The last packet of a call may consist of filler alone.
void Outbox::drop_empty_packet() noexcept {
  if (packet_ && packet_->size() == 0 && filler_ == 0) packet_.reset();
}

/// The part of the silence before packet_ that is within the bound, together with the queued audio.
std::uint64_t Outbox::filler_to_send() {
  const std::uint64_t all = packet_->filler;
  if (all == 0) return 0;
  const auto bound = static_cast<std::uint64_t>(parts_.options.audio.outage_buffer.count());
  const std::uint64_t queued = parts_.uplink.queued_ms();
  const std::uint64_t room_ms = queued < bound ? bound - queued : 0;
  const std::uint64_t to_send = std::min(all, room_ms * parts_.options.audio.rate_hz / 1000);
  parts_.counters.samples_silence_left_out.fetch_add(all - to_send, std::memory_order_relaxed);
  return to_send;
}

/// The next packet of `samples` samples of silence, beginning at `position`. These packets have
/// nearly the same length.
Outbox::Pcm Outbox::silence(std::uint64_t position, std::uint64_t samples) {
  const std::uint64_t thousands =
      std::uint64_t{parts_.options.audio.rate_hz} * parts_.options.audio.packet_ms;
  const std::uint64_t packets =
      std::max<std::uint64_t>((samples * 1000 + thousands / 2) / thousands, 1);
  silence_.assign(samples / packets * channels_, 0);
  return {silence_, position};
}

/// Records lost audio for the application. Returns the message for the server, if there is one.
std::optional<dialect::Message> Outbox::record_gap(std::uint64_t position, std::uint64_t samples) {
  gaps_.push_back(gap_body(ms_of(position), ms_of(samples)));
  return parts_.dialect.gap(ms_of(position), ms_of(samples));
}

std::uint64_t Outbox::ms_of(std::uint64_t samples) const noexcept {
  return samples * 1000 / parts_.options.audio.rate_hz;
}

void Outbox::begin_to_catch_up(Clock::time_point now) {
  const std::uint64_t times = parts_.options.audio.catch_up;
  const std::uint64_t kept =
      parts_.uplink.queued_ms() + again_audio_ * parts_.options.audio.packet_ms;
  connected_since_ = now;
  catching_up_ = times > 0 && kept > 0;
  caught_up_ms_ = 0;
  // At n times the speed, the call yields 1/(n-1) of the kept audio in the meantime.
  to_catch_up_ms_ =
      times > 1 ? kept * times / (times - 1) : std::numeric_limits<std::uint64_t>::max();
}

/// Counted silence is part of the kept audio.
void Outbox::count_caught_up(std::uint64_t filler) noexcept {
  const std::uint64_t times = parts_.options.audio.catch_up;
  if (filler == 0 || !catching_up_ || times <= 1) return;
  to_catch_up_ms_ += filler * 1000 / parts_.options.audio.rate_hz * times / (times - 1);
}

/// The wait that bounds the pace after an outage. Kept audio is sent faster than real time, but not
/// at once: a flooded recogniser may drop audio or the connection.
std::optional<std::chrono::milliseconds> Outbox::time_to_catch_up(Clock::time_point now,
                                                                  bool draining) {
  if (!catching_up_ || draining) return std::nullopt;
  const std::uint32_t packet_ms = parts_.options.audio.packet_ms;
  if ((again_.empty() && !packet_ && parts_.uplink.queued_ms() <= packet_ms) ||
      caught_up_ms_ >= to_catch_up_ms_) {
    catching_up_ = false;
    return std::nullopt;
  }
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(now - connected_since_);
  const auto allowed = static_cast<std::uint64_t>(elapsed.count()) * parts_.options.audio.catch_up;
  if (caught_up_ms_ <= allowed) {
    if (!gap_message_) caught_up_ms_ += packet_ms;
    return std::nullopt;
  }
  return std::chrono::milliseconds{(caught_up_ms_ - allowed) / parts_.options.audio.catch_up + 1};
}

// ---- the end ----------------------------------------------------------------------------------

Outbox::Left Outbox::abandon() {
  Left left;
  if (packet_) left.samples += packet_->size() / channels_ + std::exchange(filler_, 0);
  packet_.reset();
  while (const auto packet = parts_.uplink.pop()) {
    left.samples += packet->size() / channels_ + packet->filler;
  }
  Counters::add(parts_.counters.samples_undelivered, left.samples);
  left.texts = !texts_.empty() || (final_ && !ended_);
  std::uint64_t again = 0;
  for (const Delivery& each : again_) {
    again += each.samples;
    left.texts |= each.kind == Kind::text || each.kind == Kind::final;
  }
  Counters::add(parts_.counters.samples_unacknowledged, again);
  left.unknown = again;
  again_.clear();
  again_audio_ = 0;
  for (const auto& text : texts_) parts_.on_text_out(text.bytes.size());
  texts_.clear();
  return left;
}

}  // namespace audio_stream::stream
