#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "audio/call_clock.hpp"
#include "audio/format.hpp"
#include "audio/heard_leg.hpp"
#include "audio/late_packets.hpp"
#include "audio/leg.hpp"
#include "audio/leg_frame.hpp"
#include "audio/mask_kind.hpp"
#include "audio/packet.hpp"
#include "audio/packet_clock.hpp"
#include "audio/packet_pool.hpp"
#include "stream/caller_speech.hpp"
#include "stream/counters.hpp"
#include "stream/masking.hpp"
#include "stream/packet_queue.hpp"
#include "stream/speech_sieve.hpp"

namespace audio_stream::stream {

/// Turns frames of the media bug into packets in the queue: resamples both legs, mixes them, fills
/// gaps with silence, cuts packets.
///
/// The call's media thread drives it: each tick brings what the caller said. Heard audio comes from
/// another thread and waits for the tick. While the call yields nothing (on hold), the I/O thread
/// adds silence. The two threads never wait for each other: a thread that finds the turn taken
/// returns, and its next call tries again. tick() and hear() take no lock and make no system call.
/// They allocate only when the call's rate changes.
class Uplink {
 public:
  using Time = audio::CallClock::Time;

  static constexpr std::chrono::milliseconds kMaxCheckInterval{400};
  /// The number of recycled packets kept for filling.
  static constexpr std::size_t kSpares = 8;

  struct Shape {
    audio::Mix mix;
    std::uint32_t rate_hz;
    std::uint32_t packet_ms;
    std::uint32_t queue_ms;  ///< bound of the queue
    bool real_time = true;   ///< audio comes in real time, so missing audio becomes silence
    bool listens = false;    ///< notices when the caller speaks
    bool gates = false;      ///< only speech goes up; it listens then
    audio::MaskKind mask = audio::MaskKind::off;  ///< at the start
  };

  /// `call_rate_hz` is the call's current rate, which may change later. `pool` has packets of
  /// packet_samples(shape) and outlives the uplink.
  static tl::expected<std::unique_ptr<Uplink>, std::string> create(const Shape& shape,
                                                                   std::uint32_t call_rate_hz,
                                                                   audio::PacketPool& pool,
                                                                   Counters& counters);

  /// Samples of all channels in the largest packet of such a stream.
  static std::size_t packet_samples(const Shape& shape) noexcept;

  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;
  ~Uplink();

  /// One tick of the call, on its media thread. `next` returns what the caller said since the last
  /// tick, frame by frame, then nothing. True if a packet became ready, or if there is something to
  /// tell of the caller's speech or of a mask: notify the I/O thread.
  template <class Next>  // std::optional<audio::LegFrame>()
  bool tick(Time now, Next&& next) noexcept {
    if (!take_turn()) return false;  // the next tick reads what the caller said
    const bool minds_caller = minds_caller_.load(std::memory_order_relaxed);
    if (minds_caller) masking_.begin_turn(position_);
    if (heard_) heard_->tick(now);
    bool had_frame = false;
    bool ready = false;
    while (const auto frame = next()) {
      had_frame = true;
      ready |= add_said(now, *frame);
    }
    ready |= end_tick(now, had_frame);
    if (minds_caller) ready |= end_caller_turn();
    end_turn();
    return ready;
  }

  /// A frame that the caller hears. Called by the thread that writes to the call.
  void hear(const audio::LegFrame& frame, Time now) noexcept;

  /// Adds silence if there was no tick for a while. True if a packet became ready. The I/O thread
  /// calls it at least every kMaxCheckInterval. After a longer interval it adds nothing, because it
  /// cannot tell whether the call or this thread stood still.
  bool fill_absence(Time now) noexcept;

  /// The time of the last tick. Time::min() before the first. Any thread.
  [[nodiscard]] Time last_tick() const noexcept {
    return last_tick_.load(std::memory_order_relaxed);
  }

  /// No tick will follow. Queues the partly filled last packet. Any thread.
  void finish() noexcept;

  void pause(bool paused) noexcept { paused_.store(paused, std::memory_order_relaxed); }
  [[nodiscard]] bool paused() const noexcept { return paused_.load(std::memory_order_relaxed); }

  /// Replaces the caller's audio, or ends that. Any thread.
  void mask(audio::MaskKind kind) noexcept {
    masking_.set(kind);
    minds_caller_.store(true);
  }
  [[nodiscard]] Masking& masking() noexcept { return masking_; }
  [[nodiscard]] const Masking& masking() const noexcept { return masking_; }
  /// When the caller spoke; null if the shape does not listen.
  [[nodiscard]] CallerSpeech* speech() noexcept { return speech_.get(); }

  audio::PacketPtr pop() noexcept { return queue_.pop(); }
  /// Takes back a packet of pop() that is no longer needed, to fill it again without going through
  /// the pool, which all threads share. I/O thread.
  void recycle(audio::PacketPtr packet) noexcept;
  [[nodiscard]] std::size_t queued_packets() const noexcept { return queue_.size(); }
  [[nodiscard]] std::size_t queue_capacity() const noexcept { return queue_.capacity(); }
  /// Milliseconds of audio that wait to be sent.
  [[nodiscard]] std::uint64_t queued_ms() const noexcept;
  /// Heard samples that were left out to keep the legs together. Any thread.
  [[nodiscard]] std::uint64_t heard_left_out() const noexcept {
    return heard_ ? heard_->left_out() : 0;
  }
  /// Grows the pool if it runs low. I/O thread.
  void replenish();
  /// Lets the pool free memory that it no longer needs. I/O thread, regularly.
  void trim(Time now) noexcept { pool_.trim(now); }

 private:
  struct Private {};  // only create() constructs one

 public:
  Uplink(Private tag, const Shape& shape, audio::Leg said, std::unique_ptr<audio::HeardLeg> heard,
         audio::PacketPtr first, audio::PacketPool& pool, Counters& counters);

 private:
  [[nodiscard]] audio::PacketPool::Need need() const noexcept;
  bool take_turn() noexcept;
  bool end_caller_turn() noexcept;
  void end_turn() noexcept;
  bool add_said(Time now, const audio::LegFrame& frame) noexcept;
  bool add_masked(std::size_t call_samples) noexcept;
  bool skip_gap(Time now, std::size_t length) noexcept;
  bool end_tick(Time now, bool had_frame) noexcept;
  bool add_silence(std::int64_t samples) noexcept;
  bool append_silence(std::size_t samples) noexcept;
  bool append(std::span<const std::int16_t> said) noexcept;
  bool add_filler(std::size_t samples) noexcept;
  void count_filler(std::size_t samples) noexcept;
  void put_filler(std::size_t samples) noexcept;
  void mix(std::span<const std::int16_t> said, std::span<std::int16_t> out) noexcept;
  void count_dropped(const audio::Packet& packet) noexcept;
  audio::PacketPtr take_packet() noexcept;
  void enqueue() noexcept;
  void pass(audio::PacketPtr packet) noexcept;
  void push(audio::PacketPtr packet) noexcept;
  void queue_last_packet() noexcept;

  // Members used for each frame come first, close together in memory.
  PacketQueue queue_;
  PacketQueue spares_{kSpares};  // packets of recycle()
  const Shape shape_;
  const std::uint8_t channels_;
  std::atomic<bool> paused_{false};
  std::atomic<bool> minds_caller_;  // it listens, or was masked once: one look for the plain stream
  // The turn: held by the media thread, or by the I/O thread while the media thread is away.
  std::atomic<bool> busy_{false};
  std::atomic<bool> finishing_{false};  // finish() was called
  std::atomic<bool> finished_{false};   // finish() was carried out
  audio::PacketPool& pool_;
  Counters& counters_;
  std::unique_ptr<audio::HeardLeg> heard_;  // null for mono
  std::unique_ptr<CallerSpeech> speech_;    // null if nobody wants to know
  std::unique_ptr<SpeechSieve> sieve_;      // null if all audio goes up
  Masking masking_;
  std::atomic<Time> last_tick_;

  // Guarded by the turn.
  audio::Leg said_;
  audio::PacketClock clock_;
  audio::PacketPtr filling_;    // until finish()
  bool has_audio_ = false;      // filling_ holds more than filler
  std::size_t missing_ = 0;     // samples per channel that the current packet still needs
  std::uint64_t position_ = 0;  // of the next sample
  audio::CallClock call_clock_;
  audio::LatePackets late_packets_;

  Time last_check_ = Time::min();  // time of the last fill_absence()
};

}  // namespace audio_stream::stream
