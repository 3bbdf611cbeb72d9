#include "stream/accounting.hpp"

#include <algorithm>

namespace audio_stream::stream {
namespace {

constexpr std::chrono::seconds kDropWarningInterval{10};

std::uint64_t count(const Counters::Count& value) {
  return value.load(std::memory_order_relaxed);
}

std::uint64_t to_ms(Accounting::Clock::duration time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

void Accounting::connected(Clock::time_point when) noexcept {
  if (connect_time_) return;
  connect_time_ = std::chrono::duration_cast<std::chrono::milliseconds>(when - begun_);
}

std::optional<std::string> Accounting::warning(State state) {
  if (!unusable_rate_warned_ && count(counters_.samples_unusable) > 0) {
    unusable_rate_warned_ = true;
    return "the call's frames have a rate that can't be resampled: they are left out";
  }
  const std::uint64_t dropped = count(counters_.samples_dropped);
  if (dropped == drops_warned_) return std::nullopt;
  const auto now = Clock::now();
  if (drops_warned_ != 0 && now - last_drop_warning_ < kDropWarningInterval) return std::nullopt;
  const std::uint64_t lately = dropped - drops_warned_;
  const std::uint64_t without_room = count(counters_.samples_without_room);
  const std::uint64_t by_pool = std::min(without_room - without_room_warned_, lately);
  std::string text = std::to_string(ms(lately)) + " ms of audio dropped, the oldest first";
  if (by_pool < lately) {
    text += by_pool > 0 ? ": " + std::to_string(ms(lately - by_pool)) + " ms because " : ": ";
    text += "more than " + std::to_string(options_.audio.outage_buffer.count()) +
            " ms waited to be sent (STREAM_OUTAGE_BUFFER)";
  }
  if (by_pool > 0) {
    text += by_pool < lately ? ", " + std::to_string(ms(by_pool)) + " ms because " : ": ";
    text += "the pool of packets was empty (queue-memory-mb)";
  }
  text += "; the stream is " + std::string{to_string(state)};
  without_room_warned_ = without_room;
  drops_warned_ = dropped;
  last_drop_warning_ = now;
  return text;
}

Totals Accounting::totals(EndReason reason, const transport::Traffic& wire,
                          const Downlink* downlink) const {
  Totals totals;
  totals.reason = reason;
  totals.duration = to_ms(Clock::now() - begun_);
  if (connect_time_) totals.connect = static_cast<std::uint64_t>(connect_time_->count());
  const std::uint64_t connects = count(counters_.connects);
  totals.reconnects = connects > 0 ? connects - 1 : 0;
  totals.packets = count(counters_.packets_sent);
  totals.sent = ms(count(counters_.samples_sent));
  totals.overflow = ms(count(counters_.samples_dropped));
  totals.undelivered = ms(count(counters_.samples_undelivered));
  totals.unacknowledged = ms(count(counters_.samples_unacknowledged));
  totals.unusable = ms(count(counters_.samples_unusable));
  totals.late = ms(uplink_.heard_left_out());
  totals.silence = ms(count(counters_.samples_silence_left_out));
  totals.paused = ms(count(counters_.samples_paused));
  totals.unspoken = ms(count(counters_.samples_unspoken));
  totals.filled = ms(count(counters_.samples_filled));
  totals.bytes_sent = count(counters_.bytes_sent);
  totals.wire_sent = wire.sent;
  totals.wire_received = wire.received;
  totals.messages_received = count(counters_.messages_received);
  if (downlink != nullptr) {
    const auto down = downlink->totals();
    totals.playback =
        Totals::Playback{down.received_ms, down.played_ms, down.cleared_ms, down.refused_ms,
                         down.unplayed_ms, down.underruns, down.underrun_ms};
  }
  return totals;
}

}  // namespace audio_stream::stream
